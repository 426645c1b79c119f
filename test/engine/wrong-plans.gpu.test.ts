import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine, Plan, PlanBuilder } from "../../src/faces/engine.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { type Any, type Case, fill, refusal, scale } from "../support/wrong-calls.ts";

let engine: Any;
let device: GPUDevice;
let bindings: Any;
let right: Any;
let builder: Any;
beforeAll(async () => {
  device = await sharedDevice();
  engine = await Engine.create({ device });
  bindings = {
    input: engine.tensor("input", [64], new Float32Array(64).fill(2)),
    index: engine.tensor("index", [4], new Uint32Array(4)),
    table: engine.tensor("table", [8], new Float32Array(8).fill(5)),
    out: engine.tensor("out", [64]),
  };
  right = { bindings, uniforms: { count: 64, first: -1, gain: 0.5 }, threads: [64] };
  builder = new PlanBuilder(engine, "plan");
});
afterAll(() => {
  engine.dispose();
});

describe("a plan", () => {
  test.each<Case>([
    ["of no engine", () => new (PlanBuilder as Any)(null, "x"), "engine is null"],
    ["of text", () => new (PlanBuilder as Any)("e", "x"), 'engine is "e"'],
    ["of an object", () => new (PlanBuilder as Any)({}, "x"), "engine is an object"],
    ["of an engine that is not there yet", () => new (PlanBuilder as Any)(Engine.create({ device }), "x"), "engine is a Promise"],
    ["without a label", () => new (PlanBuilder as Any)(engine), "label is undefined"],
    ["made by hand", () => new (Plan as Any)(), "given undefined"],
    ["that is not compiled", () => builder.run(), "cannot run"],
    ["with options that are none", () => builder.once(5), "options of plan"],
    ["with an unknown option", () => builder.once({ signals: 1 }), 'no "signals"'],
    ["with a signal that is none", () => builder.submit({ signal: 5 }), "The signal of plan"],
  ])("%s is refused", async (_, work, message) => {
    expect(await refusal(work)).toMatchObject({ code: "INVALID", message: expect.stringContaining(message) });
  });

  test("refuses what it cannot change, and keeps what it had", async () => {
    const own: Any = new PlanBuilder(engine, "own");
    const step = own.dispatch(scale, right);
    const foreign: Any = new PlanBuilder(engine, "foreign");
    const plan: Any = await own.compile();
    const cases: [unknown, unknown, string][] = [
      [undefined, {}, "is undefined"],
      [{ index: 0, definition: scale }, {}, "is an object"],
      [foreign.dispatch(scale, right), {}, "is an object"],
      [own.dispatch(scale, right), {}, "compiled before"],
      [step, undefined, "uniforms of plan"],
      [step, { gian: 1 }, 'no uniform "gian"'],
      [step, { gain: 7, count: -1 }, '"count" is -1'],
    ];
    for (const [handle, uniforms, message] of cases) {
      expect((await refusal(() => plan.set(handle, uniforms))).message).toContain(message);
    }
    for (const options of [null, "x", { signal: null }]) await refusal(() => plan.run(options));
    expect((await refusal(() => plan.encode())).message).toContain("undefined");
    plan.set(step, { first: 3 });
    await plan.run();
    expect([...(await bindings.out.read(1))]).toEqual([5]);
    plan.dispose();
  });

  test("compiled twice keeps the uniforms of each", async () => {
    const own: Any = new PlanBuilder(engine, "two");
    const step = own.dispatch(scale, right);
    const [one, two] = [await own.compile(), await own.compile()];
    one.set(step, { gain: 100 });
    two.set(step, { count: 64 });
    await two.run();
    expect([...(await bindings.out.read(1))]).toEqual([5]);
    for (const plan of [one, two]) plan.dispose();
  });

  test("that was disposed, or whose tensors were, is refused by name, and nothing is left for another", async () => {
    const own: Any = new PlanBuilder(engine, "gone");
    const t = own.temporary("inside", [64]);
    const mine = engine.tensor("mine", [64]);
    own.dispatch(fill, { bindings: { out: t }, threads: [64] });
    own.dispatch(scale, { ...right, bindings: { ...bindings, input: mine } });
    const plan: Any = await own.compile();
    await plan.run();
    mine.dispose();
    expect(await refusal(() => plan.run())).toMatchObject({ code: "DISPOSED", message: 'Tensor "mine" was disposed.' });
    expect(await refusal(() => mine.read())).toMatchObject({ code: "DISPOSED" });
    expect(await refusal(() => own.compile())).toMatchObject({ code: "DISPOSED" });
    const other: Any = new PlanBuilder(engine, "other");
    other.dispatch(fill, { bindings: { out: bindings.out }, threads: [64] });
    const another = await other.compile();
    another.dispose();
    expect(await refusal(() => another.run())).toMatchObject({ code: "DISPOSED", message: 'Plan "other" was disposed.' });
    plan.dispose();
    expect(await refusal(() => t.read())).toMatchObject({ code: "DISPOSED", message: expect.stringContaining('"inside"') });
    await engine.finish();
    await other.once();
    expect([...(await bindings.out.read(1))]).toEqual([3]);
  });
});

test("WGSL that does not compile is told with its line, and what the GPU refuses is not called a defect", async () => {
  const bad: Any = { ...fill, name: "bad", source: fill.source.replace("out[id.x] = 3.0;", "\n  out[id.x] = nowhere;\n") };
  const plan: Any = new PlanBuilder(engine, "bad");
  plan.dispatch(bad, { bindings: { out: bindings.out }, threads: [4] });
  const error = await refusal(() => plan.compile());
  expect(error.message).toMatch(/^Kernel bad did not compile: 3:15 .*nowhere.* in `out\[id\.x\] = nowhere;`$/);
  const large: Any = {
    ...fill,
    name: "large",
    source: `var<workgroup> tile: array<f32, 1000000>;\n${fill.source.replace("= 3.0", "= tile[id.x]")}`,
  };
  const larger: Any = new PlanBuilder(engine, "large");
  larger.dispatch(large, { bindings: { out: bindings.out }, threads: [4] });
  expect((await refusal(() => larger.compile())).code).toBe("INVALID");
});
