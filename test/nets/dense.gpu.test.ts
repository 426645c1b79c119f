import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import type { DenseLayer, Variant } from "../../src/nets/dense-layer.ts";
import { register, tiled } from "../../src/nets/dense-register.ts";
import { narrow, split, subgroup } from "../../src/nets/dense-subgroup.ts";
import type { PackedWeights } from "../../src/nets/pack.ts";
import { prefersWinograd, transformWeights, winograd } from "../../src/nets/winograd.ts";
import { worstError } from "../support/golden.ts";
import { Random } from "../support/random.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await Engine.create();
});

afterAll(() => engine.dispose());

interface Size {
  batch: number;
  height: number;
  width: number;
  channels: number;
  outputs: number;
  kernel: number;
  stride: number;
  pad: number;
}

function layerOf({ batch, height, width, channels, outputs, kernel, stride, pad }: Size): DenseLayer {
  const extent = (size: number) => Math.floor((size + 2 * pad - kernel) / stride) + 1;
  const [outHeight, outWidth] = [extent(height), extent(width)];
  return {
    ...{ label: "layer", batch, height, width, channels4: channels / 4, outHeight, outWidth, outputs4: outputs / 4 },
    ...{ kernel, stride, pad: [pad, pad], low: 0, high: 3.4e38 },
    flops: 2 * batch * outHeight * outWidth * outputs * kernel ** 2 * channels,
  };
}

/** The layer with a residual and ReLU, by every variant given that fits. */
async function runAll(size: Size, variants: readonly Variant[]): Promise<Map<string, Float32Array>> {
  const layer = layerOf(size);
  const { batch, channels4, outputs4, outHeight, outWidth, kernel } = layer;
  const random = new Random(size.height * 31 + size.channels);
  const tensor = (label: string, shape: number[]) =>
    engine.tensor(label, shape, random.floats(shape.reduce((product, extent) => product * extent, 1)));
  const image = tensor("image", [batch, size.height, size.width, channels4 * 4]);
  const matrix = tensor("matrix", [kernel ** 2 * channels4 * 4, outputs4 * 4]);
  const packed: PackedWeights = { parts: [{ matrix, first4: 0, columns4: outputs4 }], bias: tensor("bias", [outputs4 * 4]) };
  const weights = kernel === 3 ? { ...packed, winograd: await transformWeights(engine, layer, packed, "f32") } : packed;
  const residual = tensor("residual", [batch, outHeight, outWidth, outputs4 * 4]);
  const results = new Map<string, Float32Array>();
  for (const variant of variants.filter(({ fits }) => fits(engine, layer, weights))) {
    const out = engine.tensor("out", [batch, outHeight, outWidth, outputs4 * 4]).write(new Float32Array(residual.size).fill(1e30));
    const plan = new PlanBuilder(engine, variant.name);
    variant.append(plan, layer, { image, weights, residual, out }, "f32");
    await plan.once();
    results.set(variant.name, await out.read());
    out.dispose();
  }
  for (const made of [image, matrix, packed.bias, residual, weights.winograd]) made?.dispose();
  return results;
}

const ALL = [register, tiled, narrow, subgroup, split, winograd];

describe("every way to compute a dense layer gives the same, residual and activation included", () => {
  test.each([
    [
      "3x3 on an odd image, a batch",
      { batch: 2, height: 9, width: 7, channels: 20, outputs: 36, kernel: 3, stride: 1, pad: 1 },
      ["register", "tiled", "narrow", "subgroup", "split", "winograd"],
    ],
    [
      "3x3 without padding",
      { batch: 1, height: 8, width: 11, channels: 64, outputs: 64, kernel: 3, stride: 1, pad: 0 },
      ["register", "tiled", "subgroup", "split", "winograd"],
    ],
    [
      "3x3 of stride 2, few outputs",
      { batch: 1, height: 13, width: 10, channels: 16, outputs: 16, kernel: 3, stride: 2, pad: 1 },
      ["register", "tiled", "narrow", "subgroup", "split"],
    ],
    [
      "1x1",
      { batch: 3, height: 5, width: 5, channels: 132, outputs: 72, kernel: 1, stride: 1, pad: 0 },
      ["register", "tiled", "subgroup", "split"],
    ],
    [
      "a linear layer",
      { batch: 5, height: 1, width: 1, channels: 256, outputs: 40, kernel: 1, stride: 1, pad: 0 },
      ["register", "tiled", "split"],
    ],
    ["a window of 7x7", { batch: 1, height: 9, width: 9, channels: 8, outputs: 8, kernel: 7, stride: 1, pad: 3 }, ["register", "tiled"]],
  ] as const)("%s", async (_, size, names) => {
    const results = await runAll(size, ALL);
    expect([...results.keys()]).toEqual(names);
    const reference = results.get("register") as Float32Array;
    expect(Math.max(...reference)).toBeGreaterThan(1);
    // The register kernels are held to float64 by the kernels' own tests; sums of up to 1188 terms in another order.
    for (const [name, values] of results) expect(worstError(values, reference), name).toBeLessThan(1e-5);
  });

  test("Winograd's algorithm in several chunks of tiles", async () => {
    const size = { batch: 3, height: 119, width: 121, channels: 64, outputs: 64, kernel: 3, stride: 1, pad: 1 };
    const results = await runAll(size, [register, winograd]);
    expect(worstError(results.get("winograd") as Float32Array, results.get("register") as Float32Array)).toBeLessThan(1e-5);
  });
});

test("Winograd's algorithm is preferred where it pays, on software adapters", () => {
  const layer = (channels: number, kernel = 3, stride = 1) =>
    layerOf({ batch: 1, height: 14, width: 14, channels, outputs: 256, kernel, stride, pad: 1 });
  expect(prefersWinograd(engine, layer(64))).toBe(true);
  expect(prefersWinograd(engine, layer(32))).toBe(false);
  expect(prefersWinograd(engine, layer(64, 3, 2))).toBe(false);
  expect(prefersWinograd(engine, layer(64, 1))).toBe(false);
});
