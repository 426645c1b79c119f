import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { Stopwatch } from "../../src/engine/stopwatch.ts";
import type { Node } from "../../src/graph/graph.ts";
import { savedShare } from "../../src/nets/measure-variants.ts";
import { Net } from "../../src/nets/net.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { variantsFor } from "../../src/ops/dense/dense.ts";
import type { DenseLayer } from "../../src/ops/dense/dense-layer.ts";
import { depthwiseTiles } from "../../src/ops/dense/depthwise-variants.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { rejected } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { Random } from "../support/random.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { sharedDevice } from "../support/shared-engine.ts";

const CONV = "3x3/1 9x10>9x10 64>64 f32";
const PRODUCT = "1x1/1 9x10>9x10 64>32 f32";
const LINEAR = "1x1/1 1x1>1x1 32>12 f32";

/** Two 3x3 layers of one shape, the second with a residual, a 1x1 layer and a linear one. */
function layers(): Node[] {
  const g = new GraphBuilder();
  const relu = (x: Node) => g.activation(x, "relu");
  const one = relu(g.conv(g.input([9, 10, 64]), "one", { outputs: 64, kernel: 3, padding: 1, bias: true }));
  const two = relu(g.add(g.conv(one, "two", { outputs: 64, kernel: 3, padding: 1, bias: true }), one));
  g.linear(g.globalPool(g.conv(two, "three", { outputs: 32, kernel: 1, bias: true })), "four", 10);
  return g.nodes;
}

const nodes = layers();
const source = sourceOf(randomTensors(nodes, 3));

let engine: Engine;
let net: Net;

beforeAll(async () => {
  // One of its own: what others keep on theirs would count.
  engine = await Engine.create({ device: await sharedDevice() });
  net = await Net.load(engine, nodes, source);
});

afterAll(() => {
  net.dispose();
  engine.dispose();
});

/** A net's outputs for seeded images, and the names of the kernels that computed them. */
async function run(batch: number, of: Net = net): Promise<{ outputs: Float32Array; kernels: string[] }> {
  const shape = tensorShape(batch, of.inputShape);
  const images = new Random(5).floats(shape.reduce((product, extent) => product * extent, 1));
  const input = engine.tensor("input", shape, images);
  const output = engine.tensor("output", tensorShape(batch, of.outputShape));
  const kernels: string[] = [];
  const plan = new (class extends PlanBuilder {
    override dispatch: PlanBuilder["dispatch"] = (definition, dispatch) => {
      kernels.push(definition.name);
      return super.dispatch(definition, dispatch);
    };
  })(engine, "layers");
  of.append(plan, batch, input, output);
  await plan.once();
  const outputs = await output.read();
  for (const tensor of [input, output]) tensor.dispose();
  return { outputs, kernels };
}

describe("a net's layers", () => {
  afterEach(async () => {
    engine.choices.clear();
    await net.transform(engine);
  });

  test("each distinct one is measured, and the tuned net computes the same", async () => {
    const before = await run(3);
    const { used } = engine.memory;
    const seen: number[] = [];
    const tuned = await net.tune(engine, [3], { onProgress: ({ done }) => seen.push(done) });
    expect(tuned.map(({ shape, batch, uses }) => [shape, batch, uses])).toEqual([
      [CONV, 3, 2],
      [PRODUCT, 3, 1],
      [LINEAR, 3, 1],
    ]);
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(tuned[0]?.standard.variant).toBe("winograd");
    for (const { shape, batch, standard, fastest } of tuned) {
      expect(standard.seconds).toBeGreaterThan(0);
      expect(fastest.seconds).toBeLessThanOrEqual(standard.seconds);
      expect(engine.choices.get(`${shape} x${batch}`)).toBe(fastest.variant);
    }
    expect(engine.choices.size).toBe(3);
    expect(savedShare(tuned)).toBeGreaterThanOrEqual(0);
    expect(savedShare(tuned)).toBeLessThan(1);
    expect(worstError((await run(3)).outputs, before.outputs)).toBeLessThan(1e-5);
    engine.choices.clear();
    await net.transform(engine);
    expect(engine.memory.used).toBe(used);
  });

  test.each([
    ["register", ["conv", "conv", "matmul"]],
    ["tiled", ["conv_tiled", "conv_tiled", "conv_tiled"]],
    ["subgroup", ["conv_subgroup", "conv_subgroup", "conv_subgroup"]],
    ["split", ["conv_subgroup", "combine_slices", "conv_subgroup", "combine_slices"]],
    ["rows", ["conv_rows", "conv_rows", "conv_rows"]],
    ["winograd", ["winograd_input", "conv_rows", "winograd_output"]],
  ])("go by the chosen variant where it fits: %s", async (choice, expected) => {
    const { outputs } = await run(2);
    for (const shape of [CONV, PRODUCT]) engine.choices.set(`${shape} x2`, choice);
    await net.transform(engine);
    const chosen = await run(2);
    expect(chosen.kernels.slice(0, expected.length)).toEqual(expected);
    expect(worstError(chosen.outputs, outputs)).toBeLessThan(1e-5);
  });

  test("a choice holds for batches a quarter away, and one that no longer exists for none", async () => {
    engine.choices.set(`${CONV} x8`, "tiled");
    const standard = (await run(2)).kernels;
    expect((await run(7)).kernels.slice(0, 2)).toEqual(["conv_tiled", "conv_tiled"]);
    expect((await run(10)).kernels.slice(0, 2)).toEqual(["conv_tiled", "conv_tiled"]);
    expect((await run(11)).kernels).toEqual(standard);
    engine.choices.set(`${CONV} x2`, "abacus");
    expect((await run(2)).kernels).toEqual(standard);
  });

  test("weights are transformed for the layers alone that go by them", async () => {
    const { used } = engine.memory;
    engine.choices.set(`${CONV} x8`, "tiled");
    await net.transform(engine);
    const without = engine.memory.used;
    // Two layers' 16 planes of 64 x 64.
    expect(used - without).toBe(2 * 16 * 64 * 64 * 4);
    engine.choices.set(`${CONV} x1`, "winograd");
    await net.transform(engine);
    expect(engine.memory.used).toBe(used);
  });

  test("an abort changes nothing and frees everything", async () => {
    const { used } = engine.memory;
    const abort = new AbortController();
    const onProgress = ({ done }: { done: number }) => done === 1 && abort.abort();
    expect(await rejected(net.tune(engine, [1], { signal: abort.signal, onProgress }))).toMatchObject({ code: "ABORTED" });
    expect(engine.choices.size).toBe(0);
    // What reading timestamps needs is kept.
    expect(engine.memory.used - used).toBeLessThanOrEqual(256);
  });
});

test("under a clock in steps of 1 ms, passes are so long that layers are timed within 1 %", async () => {
  const [step, single] = [1e-3, 355e-6];
  vi.spyOn(Stopwatch.prototype, "clock", "get").mockReturnValue({ mode: "quantised", step: step * 1e9 });
  let passes = 0;
  // As if every dispatch took the same time, and passes began anywhere between two steps.
  vi.spyOn(Stopwatch.prototype, "time").mockImplementation(async (record) => {
    let dispatches = 0;
    record({ setPipeline() {}, setBindGroup() {}, dispatchWorkgroups: () => dispatches++ } as unknown as GPUComputePassEncoder);
    const begun = (passes++ * 0.37) % 1;
    const gpu = (Math.floor(begun + (dispatches * single) / step) - Math.floor(begun)) * step;
    return { gpu: gpu > 0 ? gpu : undefined, wall: 1 };
  });
  try {
    const tuned = await net.tune(engine, [1]);
    expect(tuned).toHaveLength(3);
    for (const { standard } of tuned) {
      const dispatches = standard.seconds / single;
      expect(Math.round(dispatches)).toBeGreaterThanOrEqual(1);
      expect(Math.abs(dispatches / Math.round(dispatches) - 1)).toBeLessThan(0.0101);
    }
  } finally {
    vi.restoreAllMocks();
    engine.choices.clear();
    await net.transform(engine);
  }
});

test("variants that exceed the memory are left out, and so are layers that do", async () => {
  const planes = 2 * 16 * 64 * 64 * 4;
  const small = await Engine.create({ device: engine.device, memory: engine.memory.used - planes + 280_000 });
  const lean = await Net.load(small, nodes, source);
  const tuned = await lean.tune(small, [1, 40]);
  expect(tuned.map(({ shape, batch }) => [shape, batch])).toContainEqual([CONV, 1]);
  expect(tuned.map(({ shape, batch }) => [shape, batch])).not.toContainEqual([CONV, 40]);
  expect([...small.choices.values()]).not.toContain("winograd");
  expect(small.memory.used).toBeLessThanOrEqual(small.budget);
  lean.dispose();
  small.dispose();
});

test("depthwise layers go by lines or by tiles: as chosen, else by what they cost and how high they are", async () => {
  const g = new GraphBuilder();
  const relu6 = (x: Node) => g.activation(x, "relu6");
  const deep = (x: Node, key: string, kernel: number, stride: number) =>
    relu6(g.depthwiseConv(x, key, { kernel, stride, padding: kernel >> 1, bias: true }));
  const one = deep(g.input([17, 22, 12]), "one", 3, 1);
  const [two, three] = [deep(one, "two", 5, 2), deep(one, "three", 3, 2)];
  deep(g.concat([two, three]), "four", 5, 1);
  const small = await Net.load(engine, g.nodes, sourceOf(randomTensors(g.nodes, 4)));
  const lines = await run(3, small);
  expect(lines.kernels).toEqual(["depthwise", "depthwise", "depthwise", "depthwise"]);
  const tuned = await small.tune(engine, [3]);
  expect(tuned.map(({ shape }) => shape)).toEqual([
    "depthwise 3x3/1 17x22>17x22 12>12 f32",
    "depthwise 5x5/2 17x22>9x11 12>12 f32",
    "depthwise 3x3/2 17x22>9x11 12>12 f32",
    "depthwise 5x5/1 9x11>9x11 24>24 f32",
  ]);
  for (const { shape } of tuned) engine.choices.set(`${shape} x3`, "tiles");
  const tiles = await run(3, small);
  expect(tiles.kernels).toEqual(["depthwise_tile", "depthwise_tile", "depthwise_tile", "depthwise_tile"]);
  expect(worstError(tiles.outputs, lines.outputs)).toBeLessThan(1e-5);
  engine.choices.clear();
  small.dispose();
  const preferred = (batch: number, flops: number) => depthwiseTiles.prefers?.({ batch, flops } as DenseLayer);
  expect([preferred(1, 2 ** 24), preferred(1, 2 ** 24 - 1), preferred(2, 2 ** 22), preferred(2, 2 ** 22 - 1)]).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test("variants have names of their own", () => {
  for (const depthwise of [false, true]) {
    const names = variantsFor({ depthwise }).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  }
});
