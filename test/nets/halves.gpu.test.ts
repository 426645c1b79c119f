/** Nets that keep their values between layers in f16. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import { type LoadOptions, Net } from "../../src/nets/net.ts";
import { findNonFinite } from "../../src/nets/non-finite.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { appendCopiedChannels } from "../../src/ops/copied-channels.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { rejected } from "../support/errors.ts";
import { worstError } from "../support/golden.ts";
import { HALF_ROUNDING } from "../support/kernels.ts";
import { Random } from "../support/random.ts";
import { randomTensors, sourceOf } from "../support/random-weights.ts";
import { sharedDevice, sharedEngine } from "../support/shared-engine.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

/** The net's input is also a branch of a sum, of a concat and of a product: kernels that read one type alike meet two. */
function nodes(): { nodes: Node[]; middle: Node } {
  const g = new GraphBuilder();
  const x = g.input([12, 10, 8]);
  const first = g.activation(g.conv(x, "first", { outputs: 8, kernel: 3, padding: 1, bias: true }), "relu");
  const product = g.multiply(x, first, "product");
  const middle = g.activation(g.add(g.conv(product, "second", { outputs: 8, kernel: 1 }), x, "sum"), "relu", "middle");
  const joined = g.concat([x, middle, g.conv(middle, "third", { outputs: 4, kernel: 1 }), first]);
  const deep = g.activation(g.depthwiseConv(joined, "deep", { kernel: 3, padding: 1 }), "relu6");
  const last = g.add(g.conv(deep, "last", { outputs: 8, kernel: 1 }), middle, "end");
  const pooled = g.linear(g.globalPool(last), "head", 12);
  g.add(g.linear(pooled, "more", 12), pooled, "logits");
  return { nodes: g.nodes, middle };
}

describe("a net in f16", () => {
  beforeEach((context) => {
    context.skip(!engine.device.features.has("shader-f16"), "this device has no shader-f16");
  });

  const { nodes: layers, middle } = nodes();
  const tensors = randomTensors(layers, 3);
  const image = new Random(4).floats(2 * sizeOf((layers[0] as Node).shape));

  /** Logits and the middle layer's values, both in f32, and the bytes of the plan's temporaries. */
  async function run(options: LoadOptions, forward = false) {
    const net = await Net.load(engine, layers, sourceOf(tensors), options);
    const made = (label: string, node: Node, values?: Float32Array<ArrayBuffer>) =>
      engine.tensor(label, tensorShape(2, node.shape), values);
    const input = made("input", net.input, image);
    const [out, tap] = [made("out", net.output), made("tap", middle)];
    const taps = new Map<Node, Tensor>([[middle, tap]]);
    const builder = new PlanBuilder(engine, "halves");
    if (forward) net.appendForward(builder, 2, input, new Map([...taps, [net.output, out]]));
    else net.append(builder, 2, input, out, taps);
    const plan = await builder.compile();
    await plan.run();
    const found = { logits: await out.read(), middle: await tap.read(), bytes: plan.bytes };
    for (const thing of [net, input, out, tap, plan]) thing.dispose();
    return found;
  }

  test("gives the logits and taps of f32 but for the roundings, in half the memory, whichever types meet", async () => {
    const [single, half] = [await run({}), await run({ activations: "f16" })];
    const roundings = layers.length * HALF_ROUNDING;
    expect(worstError(half.logits, single.logits)).toBeLessThan(roundings);
    expect(worstError(half.middle, single.middle)).toBeLessThan(roundings);
    expect(half.logits).not.toEqual(single.logits);
    expect(half.bytes).toBeLessThan(0.8 * single.bytes);
  });

  test("gives in f32 all that a method asks for from a layer on", async () => {
    const found = [];
    for (const activations of ["f32", "f16"] as const) {
      const net = await Net.load(engine, layers, sourceOf(tensors), { activations });
      const input = engine.tensor("input", tensorShape(2, net.inputShape), image);
      const asked = net.valuesFrom(middle).filter((node) => node !== net.input);
      const values = asked.map((node) => [node, engine.tensor(node.label, tensorShape(2, node.shape))] as const);
      const plan = new PlanBuilder(engine, "values");
      net.append(plan, 2, input, undefined, new Map(values));
      await plan.once();
      found.push(await Promise.all(values.map(async ([, tensor]) => tensor.read())));
      for (const thing of [net, input, ...values.map(([, tensor]) => tensor)]) thing.dispose();
    }
    const [single, half] = found as [Float32Array[], Float32Array[]];
    expect(single.length).toBeGreaterThan(6);
    for (const [at, values] of single.entries()) {
      expect(worstError(half[at] as Float32Array, values)).toBeLessThan(layers.length * HALF_ROUNDING);
    }
  });

  test("keeps the values of a forward pass that goes back in f32", async () => {
    const [single, half] = [await run({}, true), await run({ activations: "f16" }, true)];
    expect(half.logits).toEqual(single.logits);
    expect(half.middle).toEqual(single.middle);
  });

  test("is tuned for f16, under names of its own, and computes the same", async () => {
    const net = await Net.load(engine, layers, sourceOf(tensors), { activations: "f16" });
    const before = await run({ activations: "f16" });
    try {
      const tuned = await net.tune(engine, [2]);
      expect(tuned.length).toBeGreaterThan(3);
      for (const { shape } of tuned) expect(shape).toMatch(/ f32 on f16$/);
      const after = await run({ activations: "f16" });
      expect(worstError(after.logits, before.logits)).toBeLessThan(layers.length * HALF_ROUNDING);
    } finally {
      engine.choices.clear();
      net.dispose();
    }
  });

  test.each([
    ["fits", 60000, undefined],
    ["is more than f16 holds", 70000, "big"],
  ])("a value that %s: %f", async (_, value, layer) => {
    const g = new GraphBuilder();
    const small = g.conv(g.input([4, 4, 4]), "small", { outputs: 4, kernel: 1 });
    const big = g.activation(g.conv(small, "big", { outputs: 4, kernel: 1 }), "relu", "big");
    g.linear(g.globalPool(g.activation(g.maxPool(big, 2, 2), "relu6")), "head", 4);
    const weights = new Map(randomTensors(g.nodes, 1));
    for (const [key, each] of weights) weights.set(key, each.fill(key === "big.weight" ? value / 4 : key === "small.weight" ? 0.25 : 1));
    const photo = engine.tensor("photo", [1, 4, 4, 4], new Float32Array(64).fill(1));
    const append = (plan: PlanBuilder, out: Tensor) =>
      appendCopiedChannels(plan, { label: "photo", batch: 1, shape: [4, 4, 4], out }, { image: photo, channels: 4 }, 0);
    const single = await Net.load(engine, g.nodes, sourceOf(weights));
    expect(await findNonFinite(engine, single, append)).toBeUndefined();
    const half = await Net.load(engine, g.nodes, sourceOf(weights), { activations: "f16" });
    expect((await findNonFinite(engine, half, append))?.layer).toBe(layer);
    // Behind a maximum and a clamp, it still shows.
    const logits = engine.tensor("logits", [1, 4]);
    const plan = new PlanBuilder(engine, "overflow");
    half.append(plan, 1, photo, logits);
    await plan.once();
    expect((await logits.read()).every(Number.isFinite)).toBe(layer === undefined);
    for (const thing of [single, half, photo, logits]) thing.dispose();
  });
});

test("is refused where the device has no half precision, before anything is loaded", async () => {
  const device = await sharedDevice();
  const plain = Object.create(engine, { device: { value: { ...device, features: new Set(["subgroups"]) } } });
  const { nodes: layers } = nodes();
  expect(await rejected(Net.load(plain, layers, sourceOf(randomTensors(layers, 1)), { activations: "f16" }))).toMatchObject({
    code: "LIMIT",
    message: "This device has no half precision in shaders (shader-f16).",
    fix: 'Give activations "f32", or leave it out.',
  });
  expect(await rejected(Net.load(engine, layers, sourceOf(new Map()), { activations: "f8" as "f16" }))).toMatchObject({
    code: "BAD_OPTION",
    message: expect.stringContaining("f8"),
  });
});
