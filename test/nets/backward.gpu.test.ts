import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import type { Rule } from "../../src/nets/backward.ts";
import { Net } from "../../src/nets/net.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { rejected, thrown } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { limitBinding } from "../support/limited-device.ts";
import { padChannels } from "../support/padded-channels.ts";
import { Random } from "../support/random.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { backward } from "../support/reference-backward.ts";
import { evaluate, type Image } from "../support/reference-net.ts";
import { sharedDevice } from "../support/shared-engine.ts";

let device: GPUDevice;
let engine: Engine;

beforeAll(async () => {
  device = await sharedDevice();
  engine = await Engine.create({ device });
});

afterAll(() => {
  engine.dispose();
});

/** Every operation of the vocabulary, on sizes and channel counts that are multiples of nothing. */
function everything(): Node[] {
  const g = new GraphBuilder();
  const norm = (x: Node, key: string) => g.batchNorm(x, key, 1e-3);
  const stem = g.activation(
    norm(g.conv(g.input([13, 10, 3]), "stem", { outputs: 6, kernel: 3, stride: 2, padding: "same" }), "bn0"),
    "relu6",
    "stem out",
  );
  const wide = g.activation(norm(g.depthwiseConv(stem, "dw", { kernel: 3, padding: 1 }), "bn1"), "relu6", "dw out");
  // Linear bottleneck whose residual, the stem, has another reader.
  const block = g.add(norm(g.conv(wide, "pw", { outputs: 6, kernel: 1 }), "bn2"), stem, "block");
  const max = g.maxPool(g.activation(g.add(block, stem), "relu", "sum"), 3, 1, 1, "max");
  const dense = g.activation(g.conv(max, "dense", { outputs: 10, kernel: 3, padding: 1, bias: true }), "relu", "dense out");
  const strided = norm(g.conv(dense, "strided", { outputs: 7, kernel: 3, stride: 2, padding: "same" }), "bn3");
  const skip = norm(g.conv(dense, "skip", { outputs: 7, kernel: 1, stride: 2 }), "bn4");
  const stage = g.activation(g.add(strided, skip), "relu", "stage");
  const large = g.upsample(stage, 2);
  const deep = g.activation(norm(g.depthwiseConv(large, "dw5", { kernel: 5, stride: 2, padding: "same" }), "bn5"), "relu", "dw5 out");
  const whole = g.averagePool(deep, 3, 1, 1);
  const inside = g.averagePool(deep, 3, 1, 1, false);
  const image = g.activation(g.linear(g.add(whole, inside), "image", [2, 3, 5]), "relu", "image out");
  const pooled = g.globalPool(g.activation(g.conv(image, "mix", { outputs: 7, kernel: 2, bias: true }), "relu", "mix out"));
  const first = g.linear(image, "first", 9, { flatten: "nhwc", bias: false });
  g.add(g.linear(pooled, "last", 9), first);
  return g.nodes;
}

interface Pass {
  rule?: Rule;
  images: readonly Float32Array[];
  seeds: readonly Float32Array[];
  clean?: ReadonlyMap<Node, Image> | undefined;
}

/** Forward and backward in one plan, run twice; the result of a pass down to every node asked for. */
async function run(on: Engine, nodes: readonly Node[], net: Net, untils: readonly Node[], { rule, images, seeds, clean }: Pass) {
  const batch = images.length;
  const upload = (node: Node, values: readonly ArrayLike<number>[]) =>
    on.tensor(node.label, tensorShape(values.length, node.shape), padChannels(values, node.shape[2]));
  const last = nodes.at(-1) as Node;
  const made = [upload(net.input, images), upload(last, seeds)];
  const kept = clean && new Map(net.activations.map((node) => [node, upload(node, [clean.get(node) as Image])]));
  const plan = new PlanBuilder(on, "backward");
  const values = net.appendForward(plan, batch, made[0] as Tensor);
  const outputs = new Map<Node, Tensor>();
  for (const until of untils) {
    const output = on.tensor("output", tensorShape(batch, until.shape));
    const options = { seed: { node: last, gradient: made[1] as Tensor }, until, rule, clean: kept, output };
    expect(await net.appendBackward(plan, batch, values, options)).toBe(output);
    outputs.set(until, output);
  }
  const compiled = await plan.compile();
  // The second run finds the buffers full of the first one's values.
  for (let time = 0; time < 2; time++) await compiled.run();
  const results = new Map<Node, Float32Array>();
  for (const [node, output] of outputs) results.set(node, await output.read());
  compiled.dispose();
  for (const tensor of [...made, ...(kept?.values() ?? []), ...outputs.values()]) tensor.dispose();
  return results;
}

/** Holds a pass to the reference, down to every layer. */
async function check(
  on: Engine,
  nodes: readonly Node[],
  { rule = "gradient", seed = 1, batch = 1, gated = false, low = -1 } = {} as Check,
) {
  const tensors = randomTensors(nodes, seed);
  const net = await Net.load(on, nodes, sourceOf(tensors));
  const size = sizeOf((nodes[0] as Node).shape);
  const last = nodes.at(-1) as Node;
  const images = Array.from({ length: batch }, (_, n) => new Random(10 + n).floats(size, low, 1));
  const seeds = Array.from({ length: batch }, (_, n) => new Random(20 + n).floats(sizeOf(last.shape), rule === "gradient" ? -1 : 0, 1));
  const clean = gated ? evaluate(nodes, new Random(30).floats(size, low, 1), tensors) : undefined;
  const references = images.map((image, n) => {
    const values = evaluate(nodes, image, tensors);
    return backward(nodes, { values, tensors, seed: Float64Array.from(seeds[n] as Float32Array), rule, clean });
  });
  const untils = net.layers.filter((node) => node !== last);
  const results = await run(on, nodes, net, untils, { rule, images, seeds, clean });
  for (const node of untils) {
    const reference = padChannels(
      references.map((all) => all.get(node) as Image),
      node.shape[2],
    );
    expect(Math.max(...reference.map(Math.abs)), node.label).toBeGreaterThan(1e-3);
    // The sums of a dozen layers, rounded to f32, some of them divided by small ones.
    expect(worstError(results.get(node) as Float32Array, reference), node.label).toBeLessThan(2e-4);
  }
  return net;
}

interface Check {
  rule?: Rule;
  seed?: number;
  batch?: number;
  gated?: boolean;
  low?: number;
}

describe("a net of every operation, backwards to each of its layers", () => {
  test("gives the float64 gradients in a batch of 2", async () => {
    (await check(engine, everything(), { batch: 2 })).dispose();
  });

  test("lets a gradient pass only where the clean image's activation was at least as large", async () => {
    (await check(engine, everything(), { batch: 2, gated: true })).dispose();
  });

  test.each(["excitation", "contrast"] as const)(
    "gives the float64 relevance of %s, batch norms of negative scale among them",
    async (rule) => {
      (await check(engine, everything(), { rule, batch: 2, low: 0 })).dispose();
    },
  );

  test("weights that are cut into parts bring back the same, and all that was made is given back", async () => {
    const g = new GraphBuilder();
    const x = g.activation(g.conv(g.input([3, 3, 20]), "conv", { outputs: 21, kernel: 3, padding: 1, bias: true }), "relu", "conv out");
    g.linear(g.activation(g.linear(x, "first", 37), "relu", "first out"), "last", 22);
    for (const rule of ["gradient", "excitation"] as const) {
      const small = await Engine.create({ device: limitBinding(device, 9216) });
      (await check(small, g.nodes, { rule, low: 0 })).dispose();
      expect(small.memory.used).toBeLessThan(20_000);
      small.dispose();
    }
  });
});

describe("a pass", () => {
  test("takes the first of equal maxima in row-major order", async () => {
    const g = new GraphBuilder();
    const input = g.input([4, 4, 4]);
    const out = g.maxPool(input, 3, 1, 1);
    const net = await Net.load(engine, g.nodes, sourceOf(new Map()));
    const ones = [new Float32Array(64).fill(1)];
    const result = (await run(engine, g.nodes, net, [input], { images: ones, seeds: ones })).get(input) as Float32Array;
    // Windows over the edge begin in the first line or column.
    const counts = [4, 2, 2, 0, 2, 1, 1, 0, 2, 1, 1, 0, 0, 0, 0, 0];
    expect([...result]).toEqual(counts.flatMap((count) => [count, count, count, count]));
    expect(net.layer("max pool")).toBe(out);
  });

  test("of other layers, or without the values that it needs, is refused", async () => {
    const nodes = everything();
    const net = await Net.load(engine, nodes, sourceOf(randomTensors(nodes, 1)));
    const plan = new PlanBuilder(engine, "refused");
    const values = net.appendForward(plan, 1, engine.tensor("input", tensorShape(1, net.inputShape)));
    const seed = (node: Node) => ({ node, gradient: engine.tensor("seed", tensorShape(1, node.shape)) });
    const pass = (from: Node, until: Node, rule?: Rule, given = values) =>
      rejected(net.appendBackward(plan, 1, given, { seed: seed(from), until, rule }));
    const stage = net.layer("stage");
    expect(await pass(stage, net.output)).toMatchObject({
      code: "INVALID",
      message: expect.stringContaining('"stage" is not computed from'),
    });
    expect(await pass(stage, net.input, "contrast")).toMatchObject({ code: "INVALID", message: expect.stringContaining("linear") });
    const some = new Map([...values].filter(([node]) => node !== stage));
    expect(await pass(net.output, net.input, "gradient", some)).toMatchObject({ message: expect.stringContaining('"stage" is not kept') });
    expect(thrown(() => net.layer("layer4"))).toMatchObject({
      code: "BAD_OPTION",
      fix: expect.stringContaining("stem out, dw out, block"),
    });
    net.dispose();
  });
});
