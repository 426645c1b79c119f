import { expect, test } from "vitest";
import { runCases } from "../../../bench/gpu/kernel-cases.ts";
import { Engine } from "../../../src/engine/engine.ts";
import { copy } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase } from "../../support/kernels.ts";
import { sharedDevice } from "../../support/shared-engine.ts";

const values = Float32Array.from({ length: 16 }, (_, at) => at);

/** A copy of four vectors. */
function copyCase(name: string, expected: Float32Array<ArrayBuffer>, more: Partial<KernelCase> = {}): KernelCase {
  const made = kernelCase(copy, name, {
    ...{ read: { input: values }, written: { out: { expected } }, uniforms: { vectors: 4, line: 64 }, threads: [64] },
    tolerance: { absolute: 0, relative: 0 },
  });
  return { ...made, ...more };
}

const { signal } = new AbortController();

/** On an engine whose subgroups are of no one width. */
async function run(cases: readonly KernelCase[], given = signal) {
  const engine = await Engine.create({ device: await sharedDevice() });
  Object.defineProperty(engine, "lanes", { value: undefined });
  try {
    return await runCases(engine, cases, () => {}, given);
  } finally {
    engine.dispose();
  }
}

test("cases are right, wrong with what is wrong, or left out with the reason", async () => {
  const feature = "no-such-feature" as GPUFeatureName;
  const result = await run([
    copyCase("right", values),
    copyCase(
      "wrong",
      values.map((value) => (value === 5 ? 7 : value)),
    ),
    copyCase("refused", values, { uniforms: { vectors: 4 } }),
    copyCase("featured", values, { feature }),
    copyCase("laned", values, { constants: { LANES: 4 } as KernelCase["constants"] }),
  ]);
  expect(result).toEqual({
    ...{ total: 5, done: 3 },
    wrong: [
      { kernel: "copy", name: "wrong", notes: [expect.stringContaining("out[5] is 5, not 7")] },
      { kernel: "copy", name: "refused", notes: [expect.stringContaining("Uniform copy.line is undefined")] },
    ],
    leftOut: [
      { kernel: "copy", name: "featured", notes: [expect.stringContaining("no-such-feature, which this device lacks")] },
      { kernel: "copy", name: "laned", notes: [expect.stringContaining("subgroups of one width")] },
    ],
  });
});

test("a run that is stopped has the cases so far", async () => {
  const abort = new AbortController();
  abort.abort();
  expect(await run([copyCase("right", values)], abort.signal)).toMatchObject({ total: 1, done: 0 });
});
