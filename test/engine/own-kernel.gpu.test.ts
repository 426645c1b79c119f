import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scaleKernel } from "../../examples/kernel/scale.kernel.ts";
import { timeScale } from "../../examples/kernel/time-scale.ts";
import { Engine, type KernelDefinition, PlanBuilder } from "../../src/faces/engine.ts";
import { matmul } from "../../src/shaders/index.ts";
import { rejected, thrown } from "../support/errors.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await Engine.create();
});
afterAll(() => engine.dispose());

test("the example computes, and its dispatches are timed and measured", async () => {
  performance.clearMeasures();
  const { scaled, totals } = await timeScale(new Float32Array([1, -2, 3]));
  expect([...scaled]).toEqual([2, -4, 6]);
  expect(totals).toMatchObject([{ name: "scale", dispatches: 10 }]);
  const measures = performance.getEntriesByType("measure") as PerformanceMeasure[];
  expect(measures.map(({ name }) => name)).toEqual(Array(10).fill("scale"));
  const sum = measures.reduce((total, { duration }) => total + duration, 0);
  expect(sum).toBeCloseTo((totals[0] as { milliseconds: number }).milliseconds, 3);
  expect(measures.every(({ startTime, duration }) => startTime > 0 && startTime + duration < performance.now() + 1)).toBe(true);
});

describe("kernels of whoever uses the package", () => {
  const fill = (value: number): KernelDefinition => ({
    name: "matmul",
    source: `@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3<u32>) { out[id.x] = ${value}.0; }`,
    workgroup: [4],
    bindings: { out: "read_write" },
    uniforms: {},
    constants: {},
  });

  test("two called matmul, beside the package's own, each run their own code", async () => {
    const [one, two, product] = [engine.tensor("one", [4]), engine.tensor("two", [4]), engine.tensor("product", [4])];
    const ones = engine.tensor("ones", [16], new Float32Array(16).fill(1));
    const plan = new PlanBuilder(engine, "three kernels called matmul");
    plan.dispatch(fill(1), { bindings: { out: one }, uniforms: {}, threads: [4] });
    plan.dispatch(fill(2), { bindings: { out: two }, uniforms: {}, threads: [4] });
    plan.dispatch(matmul, {
      bindings: { a: ones, b: ones, bias: engine.nothing, residual: engine.nothing, out: product },
      uniforms: {
        ...{ rows: 1, inner4: 1, columns4: 1, first4: 0, out_columns4: 1, out_first4: 0 },
        ...{ has_bias: 0, has_residual: 0, low: -100, high: 100 },
      },
      threads: [1],
    });
    await plan.once();
    expect([...(await one.read())]).toEqual([1, 1, 1, 1]);
    expect([...(await two.read())]).toEqual([2, 2, 2, 2]);
    expect([...(await product.read())]).toEqual([4, 4, 4, 4]);
  });

  test("are held to their WGSL when a plan is compiled", async () => {
    const stale = { ...scaleKernel, uniforms: { gain: "f32", count: "u32" } } as const satisfies KernelDefinition;
    const [input, out] = [engine.tensor("input", [4]), engine.tensor("out", [4])];
    const plan = new PlanBuilder(engine, "stale");
    plan.dispatch(stale, { bindings: { input, out }, uniforms: { count: 4, gain: 2 }, threads: [4] });
    expect(await rejected(plan.compile())).toMatchObject({
      ...{ code: "INVALID", message: 'Kernel scale: uniform 0 of "shape" is "gain" in its definition and "count" in its WGSL.' },
      fix: expect.stringContaining("relabel reflect"),
    });
  });

  test.each<[string, object, object, string]>([
    ["no tensor", {}, { bindings: { out: undefined } }, 'binding "out"'],
    ["no bindings", {}, { bindings: undefined }, "bindings is undefined"],
    ["a typed array", {}, { bindings: { out: new Float32Array(4) } }, 'binding "out"'],
    ["no grid", {}, { threads: undefined }, "threads"],
    ["a grid of NaN", {}, { threads: [Number.NaN] }, "threads is [NaN]"],
    ["no workgroup", { workgroup: undefined }, {}, "workgroup"],
  ])("are refused with %s", (_, definition, dispatch, message) => {
    const plan = new PlanBuilder(engine, "wrong");
    const right = { bindings: { out: engine.nothing }, uniforms: {}, threads: [4] };
    const error = thrown(() => plan.dispatch({ ...fill(1), ...definition }, { ...right, ...dispatch } as never));
    expect(error).toMatchObject({ name: "EngineError", message: expect.stringContaining(message), fix: expect.any(String) });
  });
});
