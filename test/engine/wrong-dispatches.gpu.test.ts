import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine, PlanBuilder, Tensor } from "../../src/faces/engine.ts";
import { sharedDevice } from "../support/shared-engine.ts";
import { type Any, type Case, fill, refusal, scale } from "../support/wrong-calls.ts";

let engine: Any;
let other: Any;
let device: GPUDevice;
let bindings: Any;
let right: Any;
let builder: Any;
beforeAll(async () => {
  device = await sharedDevice();
  engine = await Engine.create({ device });
  other = await Engine.create({ device });
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
  other.dispose();
});

test("what is right computes, its constants and uniforms too, and no uniforms need not be given", async () => {
  const plan = new PlanBuilder(engine as Engine, "right");
  const step = plan.dispatch(scale, right);
  const compiled = await plan.compile();
  await compiled.run();
  expect([...(await bindings.out.read())]).toEqual(Array(64).fill(5));
  compiled.set(step, { gain: 1 });
  await compiled.run({ signal: new AbortController().signal });
  expect([...(await bindings.out.read(2))]).toEqual([10, 10]);
  compiled.dispose();
  const filling = new PlanBuilder(engine as Engine, "fill");
  filling.dispatch(fill, { bindings: { out: bindings.out }, threads: [64] });
  await filling.once();
  expect([...(await bindings.out.read(2))]).toEqual([3, 3]);
});

describe("a tensor is refused", () => {
  test.each<Case>([
    ["without a shape", () => engine.tensor("x"), "its shape is undefined"],
    ["without anything", () => engine.tensor(), "label is undefined"],
    ["of a number", () => engine.tensor("x", 5), "its shape is 5"],
    ["of no extent", () => engine.tensor("x", [0]), "its shape is [0]"],
    ["of a negative extent", () => engine.tensor("x", [-1]), "its shape is [-1]"],
    ["of half an extent", () => engine.tensor("x", [1.5]), "its shape is [1.5]"],
    ["of text", () => engine.tensor("x", ["a"]), 'its shape is ["a"]'],
    ["of a hole", () => engine.tensor("x", Array(2)), "its shape is [undefined, undefined]"],
    ["of another type", () => engine.tensor("x", [4], undefined, "f64"), 'its type is "f64"'],
    ["with its type as data", () => engine.tensor("x", [4], "u32"), 'written from "u32"'],
    ["of a list", () => engine.tensor("x", [4], [1, 2, 3, 4]), "written from [1, 2, 3, 4]"],
    ["of doubles", () => engine.tensor("x", [4], new Float64Array(4)), "written from a Float64Array"],
    ["of whole numbers as f32", () => engine.tensor("x", [4], new Uint32Array(4), "f32"), "cannot be f32 and made from a Uint32Array"],
    ["of too few", () => engine.tensor("x", [4], new Float32Array(3)), "has 4 values, and was given 3"],
    ["of too many bytes", () => engine.tensor("x", [2 ** 20, 2 ** 20]), "binds at most", "LIMIT"],
    ["made by hand", () => new (Tensor as Any)(), "engine is undefined"],
    ["as a temporary of no size", () => builder.temporary("t", [0]), 'Tensor "t" cannot be made: its shape is [0]'],
    ["as a temporary without a shape", () => builder.temporary("t"), "its shape is undefined"],
  ])("%s", async (_, work, message, code = "INVALID") => {
    const { used } = engine.memory;
    expect(await refusal(work)).toMatchObject({ code, message: expect.stringContaining(message) });
    expect(engine.memory.used).toBe(used);
  });

  test("by no name, where its type follows from its data", async () => {
    const tensor = engine.tensor("whole", [2], new Uint32Array([7, 2 ** 32 - 1]));
    expect(tensor.type).toBe("u32");
    expect([...(await tensor.readUint())]).toEqual([7, 2 ** 32 - 1]);
  });
});

describe("reading and writing refuses", () => {
  test.each<Case>([
    ["too many", () => bindings.input.read(1000), "has 64 values, and 1000 values from 0 on"],
    ["text", () => bindings.input.read("x"), '"x" values'],
    ["fewer than none", () => bindings.input.read(-1), "-1 values"],
    ["whole numbers as floats", () => bindings.index.read(), "holds u32, and read() gives f32"],
    ["floats as whole numbers", () => bindings.input.readUint(), "holds f32, and readUint() gives u32"],
    ["half floats", () => engine.tensor("h", [4], undefined, "f16").read(), "holds f16"],
    ["nothing", () => bindings.input.write(), "written from undefined"],
    ["another type", () => bindings.input.write(new Uint32Array(4)), "holds f32, and was given a Uint32Array"],
    ["past the end", () => bindings.input.write(new Float32Array(4), 61), "4 values from 61 on"],
    ["at half an element", () => bindings.input.write(new Float32Array(4), 0.5), "from 0.5 on"],
    ["a copy of nothing", () => bindings.input.copyFrom(), "copied from undefined"],
    ["a copy of itself", () => bindings.input.copyFrom(bindings.input), "copied from itself"],
    ["a copy of a shorter one", () => bindings.input.copyFrom(bindings.table), '"table" has 8 values, and 64'],
    ["a copy of another type", () => bindings.input.copyFrom(bindings.index, 0, 4), 'holds f32, and "index" u32'],
    ["a copy of another engine's", () => bindings.input.copyFrom(other.nothing, 0, 4), "another engine made"],
    ["a temporary that has no buffer", () => builder.temporary("t", [4]).read(), "has no buffer yet"],
  ])("%s", async (_, work, message) => {
    expect(await refusal(work)).toMatchObject({ code: "INVALID", message: expect.stringContaining(message) });
    await engine.finish();
  });
});

describe("a dispatch is refused", () => {
  const dispatch = (change: object, definition: object = {}) => builder.dispatch({ ...scale, ...definition }, { ...right, ...change });
  const bound = (change: object) => dispatch({ bindings: { ...bindings, ...change } });
  const uniform = (change: object) => dispatch({ uniforms: { ...right.uniforms, ...change } });
  test.each<Case>([
    ["without anything", () => builder.dispatch(), "definition is undefined"],
    ["with no definition", () => builder.dispatch(null, right), "definition is null"],
    ["with an empty definition", () => builder.dispatch({}, right), "its name is undefined"],
    ["with the definition alone", () => builder.dispatch(scale), "it is undefined"],
    ["with an unknown option", () => dispatch({ thread: [64] }), 'no option "thread"'],
    ["with a label that is none", () => dispatch({ label: 5 }), "label is 5"],
    ["without bindings", () => dispatch({ bindings: undefined }), "bindings is undefined"],
    ["without one binding", () => bound({ out: undefined }), 'binding "out" is missing'],
    ["with an array", () => bound({ out: new Float32Array(4) }), 'binding "out" is no tensor, but a Float32Array'],
    ["with a binding too many", () => bound({ mask: bindings.input }), 'no binding "mask"'],
    ["with another engine's tensor", () => bound({ out: other.nothing }), "another engine made"],
    ["with another builder's temporary", () => bound({ out: new PlanBuilder(engine, "b").temporary("t", [64]) }), "no buffer yet"],
    [
      "with u32 for f32",
      () => bound({ input: engine.tensor("u", [64], new Uint32Array(64)) }),
      'array<f32> in its WGSL, and tensor "u" holds u32',
    ],
    ["with f32 for u32", () => bound({ index: bindings.input }), "array<vec4<u32>> in its WGSL"],
    [
      "with f32 for a type that it makes f16",
      () => (engine.device.features.has("shader-f16") ? dispatch({ constants: { Weight: "f16" } }) : bound({ index: bindings.table })),
      "in its WGSL",
    ],
    ["with a table too short", () => bound({ table: engine.tensor("short", [4]) }), "which is 32 bytes"],
    ["with a uniform too many", () => uniform({ bias: 1 }), 'no uniform "bias"'],
    ["without a uniform", () => uniform({ gain: undefined }), 'uniform "gain" is missing'],
    ["with a negative count", () => uniform({ count: -1 }), 'uniform "count" is -1'],
    ["with half a signed number", () => uniform({ first: 0.5 }), 'uniform "first" is 0.5'],
    ["with text for a uniform", () => uniform({ gain: "2" }), 'uniform "gain" is "2"'],
    ["with a uniform that f32 cannot hold", () => uniform({ gain: 1e39 }), 'uniform "gain" is 1e+39'],
    ["with uniforms that are none", () => dispatch({ uniforms: 5 }), "uniforms is 5"],
    ["with an unknown constant", () => dispatch({ constants: { TILE: 4 } }), 'no constant "TILE"'],
    ["with an inherited name", () => dispatch({ constants: { toString: 4 } }), 'no constant "toString"'],
    ["with text for a constant", () => dispatch({ constants: { SIZE: "big" } }), 'constant SIZE is "big"'],
    ["with half a workgroup", () => dispatch({ constants: { SIZE: 2.5 } }), "workgroup's size SIZE is 2.5"],
    ["with no workgroup", () => dispatch({ constants: { SIZE: 0 } }), "workgroup's size SIZE is 0"],
    ["with an unknown storage type", () => dispatch({ constants: { Weight: "f64" } }), 'constant Weight is "f64"'],
    [
      "with too large a workgroup",
      () => dispatch({ constants: { SIZE: 1 << 20 } }),
      "has 1048576 invocations, and this adapter allows",
      "LIMIT",
    ],
    ["without threads", () => dispatch({ threads: undefined }), "threads is undefined"],
    ["with a number of threads", () => dispatch({ threads: 1024 }), "threads is 1024"],
    ["with no threads", () => dispatch({ threads: [0] }), "threads is [0]"],
    ["with an empty list", () => dispatch({ threads: [] }), "threads is []"],
    ["with negative threads", () => dispatch({ threads: [-5] }), "threads is [-5]"],
    ["with half a thread", () => dispatch({ threads: [4, 0.5] }), "threads is [4, 0.5]"],
    ["with four dimensions", () => dispatch({ threads: [1, 1, 1, 1] }), "threads is [1, 1, 1, 1]"],
    ["with too many threads", () => dispatch({ threads: [1e9] }), "1000000000 threads in x are 15625000 workgroups of 64", "LIMIT"],
    ["with operations that are no number", () => dispatch({ flops: "x" }), 'flops is "x"'],
    ["with operations below none", () => dispatch({ flops: -1 }), "flops is -1"],
  ])("%s", async (_, work, message, code = "INVALID") => {
    expect(await refusal(work)).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test("with what to do", async () => {
    expect((await refusal(() => dispatch({ threads: 1024 }))).fix).toContain("threads: [1024]");
    expect((await refusal(() => dispatch({ threads: [1e9] }))).fix).toMatch(/at most \d+ there, spread the others over y and z/);
    expect((await refusal(() => bound({ out: undefined }))).fix).toContain("engine.tensor(...)");
    expect((await refusal(() => bound({ mask: 1 }))).fix).toBe("It has: input, index, table, out.");
  });

  test("and what changes in the caller's objects afterwards is not of it", async () => {
    const [first, second] = [engine.tensor("first", [4]), engine.tensor("second", [4])];
    const shared = { out: first };
    const plan = new PlanBuilder(engine as Engine, "twice");
    plan.dispatch(fill, { bindings: shared, threads: [4] });
    shared.out = second;
    await plan.once();
    expect([...(await first.read()), ...(await second.read())]).toEqual([3, 3, 3, 3, 0, 0, 0, 0]);
  });
});
