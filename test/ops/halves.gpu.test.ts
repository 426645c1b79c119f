/** Values between layers in f16: every operation, and every way to compute a dense layer. */
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { type DataType, roundUp, sizeOf } from "../../src/engine/tensor.ts";
import { type Node, weightShapes } from "../../src/graph/graph.ts";
import { Net } from "../../src/nets/net.ts";
import { tryTransform, variantsFor } from "../../src/ops/dense/dense.ts";
import type { DenseLayer } from "../../src/ops/dense/dense-layer.ts";
import type { PackedWeights } from "../../src/ops/packed-weights.ts";
import { tensorShape } from "../../src/ops/shape.ts";
import { uniforms, worstError } from "../support/golden.ts";
import { download, exactHalves, upload } from "../support/halves.ts";
import { HALF_ROUNDING } from "../support/kernels.ts";
import { cutChannels, padChannels } from "../support/padded-channels.ts";
import { Random } from "../support/random.ts";
import { sourceOf } from "../support/random-weights.ts";
import { evaluate } from "../support/reference-net.ts";
import { seededValues } from "../support/seeded-weights.ts";
import { sharedEngine } from "../support/shared-engine.ts";
import { CASES } from "./cases.ts";

/** Of the largest value, what sums in f32 cost, as in operations.gpu.test.ts. */
const ON_GPU = 1e-5;

/** By how much a layer enlarges the roundings before it: the mean that this norm subtracts, 20, is so many deviations of what lies in 20 ± 1. */
const GAINS: Readonly<Record<string, number>> = { "layerNorm of a large mean": 20 * Math.sqrt(3) };

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

beforeEach((context) => {
  context.skip(!engine.device.features.has("shader-f16"), "this device has no shader-f16");
});

describe.each(CASES)("$name", ({ name, nodes }) => {
  const [first, last] = [nodes[0] as Node, nodes.at(-1) as Node];
  const tensors = new Map([...weightShapes(nodes)].map(([key, shape]) => [key, seededValues(key, shape, 0, sizeOf(shape))]));

  test.each([
    ["f16", "f16"],
    ["f32", "f16"],
    ["f16", "f32"],
  ] as const)("reads %s and writes %s, and its values are float64's but for a rounding a layer; padding is 0", async (from, to) => {
    const x = exactHalves(uniforms(1, sizeOf(first.shape)).map((value) => value - 0.5));
    const net = await Net.load(engine, nodes, sourceOf(tensors), { activations: "f16" });
    const batch = 3;
    const images = [x, x.map((value) => -value), x];
    const input = await upload(engine, from, tensorShape(batch, first.shape), padChannels(images, first.shape[2]));
    const out = engine.tensor("out", tensorShape(batch, last.shape), undefined, to);
    const plan = new PlanBuilder(engine, "halves");
    net.append(plan, batch, input, out);
    await plan.once();
    const found = await download(engine, out);
    const padded = roundUp(last.shape[2], 4);
    expect(found.filter((value, i) => i % padded >= last.shape[2] && value !== 0)).toEqual(new Float32Array());
    for (const [n, image] of images.entries()) {
      const wanted = evaluate(nodes, image, tensors).get(last) as Float64Array;
      const part = cutChannels(found.subarray((n * found.length) / batch, ((n + 1) * found.length) / batch), last.shape[2]);
      expect(worstError(part, wanted)).toBeLessThan((nodes.length - 1) * (GAINS[name] ?? 1) * HALF_ROUNDING + ON_GPU);
    }
    for (const thing of [net, input, out]) thing.dispose();
  });

  test.each([Number.NaN, Number.NEGATIVE_INFINITY])("%s in its input shows in its output", async (odd) => {
    const net = await Net.load(engine, nodes, sourceOf(tensors), { activations: "f16" });
    const values = new Float32Array(sizeOf(first.shape)).fill(odd);
    const input = await upload(engine, "f16", tensorShape(1, first.shape), padChannels([values], first.shape[2]));
    const out = engine.tensor("out", tensorShape(1, last.shape), undefined, "f16");
    const plan = new PlanBuilder(engine, "odd");
    net.append(plan, 1, input, out);
    await plan.once();
    expect((await download(engine, out)).some((value) => !Number.isFinite(value))).toBe(true);
    for (const thing of [net, input, out]) thing.dispose();
  });
});

const LAYERS: readonly [name: string, layer: Partial<DenseLayer>][] = [
  ["3x3, a batch", {}],
  ["3x3 of stride 2", { stride: [2, 2], outHeight: 7, outWidth: 5 }],
  ["1x1", { kernel: [1, 1], pad: [0, 0] }],
  ["a linear layer", { kernel: [1, 1], pad: [0, 0], height: 1, width: 1, outHeight: 1, outWidth: 1, channels4: 64 }],
  ["3x3, dilated", { dilation: [2, 2], pad: [2, 2] }],
  ["depthwise 3x3", { depthwise: true, channels4: 7, outputs4: 7 }],
  ["depthwise 3x3 of stride 2", { depthwise: true, channels4: 7, outputs4: 7, stride: [2, 2], outHeight: 7, outWidth: 5 }],
];

test.each(LAYERS)("every way to compute a layer rounds to f16 what it computes in f32: %s", async (_, given) => {
  const layer: DenseLayer = {
    ...{ label: "layer", batch: 2, height: 13, width: 9, channels4: 16, outHeight: 13, outWidth: 9, outputs4: 9, kernel: [3, 3] },
    ...{ stride: [1, 1], pad: [1, 1], activation: "relu6", flops: 1e6, ...given },
  };
  const { batch, height, width, channels4, outHeight, outWidth, outputs4, kernel, depthwise } = layer;
  const random = new Random(17);
  const rows = kernel[0] * kernel[1] * (depthwise ? 1 : 4 * channels4);
  const matrix = engine.tensor("matrix", [rows, 4 * outputs4], random.floats(rows * 4 * outputs4));
  const bias = engine.tensor("bias", [4 * outputs4], random.floats(4 * outputs4));
  const packed: PackedWeights = { parts: [{ matrix, first4: 0, columns4: outputs4 }], bias };
  const imageShape = [batch, height, width, 4 * channels4];
  const shape = [batch, outHeight, outWidth, 4 * outputs4];
  const [values, added] = [imageShape, shape].map((of) => exactHalves(random.floats(sizeOf(of)))) as [Float32Array, Float32Array];
  const run = async (type: DataType, append: (typeof variants)[number]["append"], weights: PackedWeights) => {
    const image = await upload(engine, type, imageShape, values as Float32Array<ArrayBuffer>);
    const residual = depthwise ? undefined : await upload(engine, type, shape, added as Float32Array<ArrayBuffer>);
    const out = engine.tensor("out", shape, undefined, type);
    const plan = new PlanBuilder(engine, "variant");
    append(plan, layer, { image, weights, residual, out }, "f32");
    await plan.once();
    const found = await download(engine, out);
    for (const tensor of [image, residual, out]) tensor?.dispose();
    return found;
  };
  const variants = variantsFor(layer);
  let compared = 0;
  for (const { name, fits, append, transform } of variants) {
    const suits = transform?.suits(engine, layer, "f32");
    const planes = suits && transform ? await tryTransform(engine, transform, layer, packed, "f32") : undefined;
    const weights = planes && transform ? { ...packed, [transform.name]: planes } : packed;
    if (!fits(engine, layer, weights)) continue;
    const [single, half] = [await run("f32", append, weights), await run("f16", append, weights)];
    expect(single.some((value) => value > 1)).toBe(true);
    // To the nearest, or on adapters that cut, twice as far.
    half.forEach((value, at) => {
      expect(Math.abs(value - (single[at] as number)), name).toBeLessThanOrEqual(2 * HALF_ROUNDING * Math.abs(single[at] as number) + 1e-7);
    });
    planes?.dispose();
    compared++;
  }
  expect(compared).toBeGreaterThan(depthwise ? 1 : 0);
  for (const tensor of [matrix, bias]) tensor.dispose();
});
