import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import type { Tensor } from "../../src/engine/tensor.ts";
import { type KernelCase, prepare, type Values } from "./kernels.ts";

/** Runs a case on the engine's device; returns every written buffer. */
export async function runOnGpu(engine: Engine, testCase: KernelCase): Promise<Map<string, Values>> {
  const { kernel, uniforms, constants, threads, written } = testCase;
  const bindings: Record<string, Tensor> = {};
  for (const [name, values] of prepare(testCase)) bindings[name] = engine.tensor(name, [values.length], values);
  try {
    const plan = new PlanBuilder(engine, testCase.name);
    plan.dispatch(kernel, { bindings, uniforms, constants, threads });
    await plan.once();
    const after = new Map<string, Values>();
    for (const [name, { expected }] of Object.entries(written)) {
      const tensor = bindings[name] as Tensor;
      after.set(name, (expected instanceof Uint32Array ? await tensor.readUint() : await tensor.read()) as Values);
    }
    return after;
  } finally {
    for (const tensor of Object.values(bindings)) tensor.dispose();
  }
}
