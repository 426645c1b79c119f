import { beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { PlanBuilder } from "../../src/engine/plan.ts";
import { sizeOf, type Tensor } from "../../src/engine/tensor.ts";
import type { Activation } from "../../src/graph/graph.ts";
import { activate } from "../../src/ops/activation-functions.ts";
import { type DenseLayer, shapeKey, tapsOf, type Variant } from "../../src/ops/dense/dense-layer.ts";
import { rows, split, subgroup } from "../../src/ops/dense/dense-subgroup.ts";
import { register, tiled } from "../../src/ops/dense/dense-tiles.ts";
import { preferredWinograd, winograd, winograd4 } from "../../src/ops/dense/winograd.ts";
import type { PackedWeights } from "../../src/ops/packed-weights.ts";
import { bothSides, type Sides, type Strip } from "../../src/ops/shape.ts";
import { worstError } from "../support/golden.ts";
import { Random } from "../support/random.ts";
import { sharedEngine } from "../support/shared-engine.ts";

let engine: Engine;

beforeAll(async () => {
  engine = await sharedEngine();
});

interface Size {
  batch: number;
  height: number;
  width: number;
  channels: number;
  outputs: number;
  kernel: number | Sides;
  stride: number | Sides;
  dilation?: number | Sides;
  /** Top and bottom, left and right. */
  pad: number | Sides;
  activation?: Activation;
}

const windowOf = ({ kernel, stride, dilation = 1, pad }: Size) =>
  ({ kernel: bothSides(kernel), stride: bothSides(stride), dilation: bothSides(dilation), pad: bothSides(pad) }) as const;

function layerOf(size: Size): DenseLayer {
  const { batch, height, width, channels, outputs, activation = "relu" } = size;
  const { kernel, stride, dilation, pad } = windowOf(size);
  const extent = (side: number, axis: 0 | 1) =>
    Math.floor((side + 2 * pad[axis] - dilation[axis] * (kernel[axis] - 1) - 1) / stride[axis]) + 1;
  const [outHeight, outWidth] = [extent(height, 0), extent(width, 1)];
  return {
    ...{ label: "layer", batch, height, width, channels4: channels / 4, outHeight, outWidth, outputs4: outputs / 4 },
    ...{ kernel, stride, dilation, pad, activation },
    flops: 2 * batch * outHeight * outWidth * outputs * kernel[0] * kernel[1] * channels,
  };
}

interface Data {
  image: Float32Array<ArrayBuffer>;
  matrix: Float32Array<ArrayBuffer>;
  bias: Float32Array<ArrayBuffer>;
  residual: Float32Array<ArrayBuffer>;
}

/** The layer by its definition, in float64. */
function evaluate(size: Size, layer: DenseLayer, data: Data): Float64Array {
  const { batch, height, width, channels, outputs } = size;
  const { kernel, stride, dilation, pad } = windowOf(size);
  const { outHeight, outWidth, activation } = layer;
  const out = new Float64Array(batch * outHeight * outWidth * outputs);
  for (let pixel = 0; pixel < batch * outHeight * outWidth; pixel++) {
    const sums = out.subarray(pixel * outputs, (pixel + 1) * outputs);
    sums.forEach((_, o) => {
      sums[o] = (data.bias[o] as number) + (data.residual[pixel * outputs + o] as number);
    });
    const [n, oy, ox] = [Math.floor(pixel / (outHeight * outWidth)), Math.floor(pixel / outWidth) % outHeight, pixel % outWidth];
    for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
      const y = oy * stride[0] + Math.floor(tap / kernel[1]) * dilation[0] - pad[0];
      const x = ox * stride[1] + (tap % kernel[1]) * dilation[1] - pad[1];
      if (y < 0 || y >= height || x < 0 || x >= width) continue;
      for (let c = 0; c < channels; c++) {
        const value = data.image[((n * height + y) * width + x) * channels + c] as number;
        const column = (tap * channels + c) * outputs;
        for (let o = 0; o < outputs; o++) (sums[o] as number) += value * (data.matrix[column + o] as number);
      }
    }
  }
  return out.map((sum) => activate(activation as Activation, sum));
}

const DIRECT = [register, tiled, rows, subgroup, split];

function dataOf(size: Size, { outHeight, outWidth }: DenseLayer): Data {
  const { batch, height, width, channels, outputs } = size;
  const { kernel } = windowOf(size);
  const random = new Random(height * 31 + channels);
  return {
    image: random.floats(batch * height * width * channels),
    matrix: random.floats(kernel[0] * kernel[1] * channels * outputs),
    bias: random.floats(outputs),
    residual: random.floats(batch * outHeight * outWidth * outputs),
  };
}

/** The largest error of the layer, with a residual and its clamp, by every variant that fits, Winograd's among them. */
async function errorsOf(size: Size, direct: readonly Variant[] = DIRECT): Promise<Map<string, number>> {
  const layer = layerOf(size);
  const data = dataOf(size, layer);
  const reference = evaluate(size, layer, data);
  expect(reference.some((value) => value > 1)).toBe(true);
  const outputs = await outputsOf(size, layer, data, direct);
  return new Map([...outputs].map(([name, output]) => [name, worstError(output, reference)]));
}

/**
 * What every variant that fits computes; without the residual in a strip of wider pixels, which hold 1e30. `parts`: matrices into which the
 * columns are cut.
 */
async function outputsOf(
  { batch, height, width, channels, outputs }: Size,
  layer: DenseLayer,
  data: Data,
  direct: readonly Variant[],
  { into, parts = 1 }: { into?: Strip; parts?: number } = {},
): Promise<Map<string, Float32Array>> {
  const made: Tensor[] = [];
  const tensor = (label: string, shape: number[], values: Float32Array<ArrayBuffer>) => {
    made.push(engine.tensor(label, shape, values));
    return made.at(-1) as Tensor;
  };
  const image = tensor("image", [batch, height, width, channels], data.image);
  const residual = tensor("residual", [batch, layer.outHeight, layer.outWidth, outputs], data.residual);
  const bias = tensor("bias", [outputs], data.bias);
  const rows = tapsOf(layer) * channels;
  const cuts = Array.from({ length: parts + 1 }, (_, part) => 8 * Math.ceil((part * outputs) / parts / 8));
  const matrices = Array.from({ length: parts }, (_, part) => {
    const [first, end] = [cuts[part] as number, Math.min(cuts[part + 1] as number, outputs)];
    const values = data.matrix.filter((_, at) => at % outputs >= first && at % outputs < end);
    return { matrix: tensor("matrix", [rows, end - first], values), first4: first / 4, columns4: (end - first) / 4 };
  });
  const packed: PackedWeights = { parts: matrices, bias };
  const found = new Map<string, Float32Array>();
  const run = async (variant: Variant, weights: PackedWeights) => {
    if (!variant.fits(engine, layer, weights)) return;
    const shape = [batch, layer.outHeight, layer.outWidth, into ? 4 * into.of4 : outputs];
    const out = engine.tensor("out", shape, new Float32Array(sizeOf(shape)).fill(1e30));
    const plan = new PlanBuilder(engine, variant.name);
    variant.append(plan, layer, { image, weights, residual: into ? undefined : residual, out, into }, "f32");
    await plan.once();
    found.set(variant.name, await out.read());
    out.dispose();
  };
  for (const variant of direct) await run(variant, packed);
  for (const variant of [winograd, winograd4]) {
    const { name, suits, make } = variant.transform;
    if (parts > 1 || !suits(engine, layer, "f32")) continue;
    const planes = await make(engine, layer, packed, "f32");
    await run(variant, { ...packed, [name]: planes });
    planes.dispose();
  }
  for (const each of made) each.dispose();
  return found;
}

describe("every way to compute a dense layer holds to float64, residual and activation included", () => {
  const all = ["register", "tiled", "rows", "subgroup", "split", "winograd", "winograd4"];

  test.each([
    [
      "3x3 on an odd image, a batch, ReLU6",
      { batch: 3, height: 5, width: 7, channels: 20, outputs: 36, kernel: 3, stride: 1, pad: 1, activation: "relu6" as const },
      ["register", "tiled", "rows", "subgroup", "split", "winograd", "winograd4"],
    ],
    [
      "3x3 on a larger odd image: the last tiles hang over by three",
      { batch: 2, height: 13, width: 9, channels: 20, outputs: 28, kernel: 3, stride: 1, pad: 1 },
      all,
    ],
    ["3x3 without padding", { batch: 1, height: 8, width: 11, channels: 64, outputs: 64, kernel: 3, stride: 1, pad: 0 }, all],
    [
      "3x3 of stride 2, few outputs",
      { batch: 1, height: 13, width: 10, channels: 16, outputs: 16, kernel: 3, stride: 2, pad: 1 },
      ["register", "tiled", "rows", "subgroup", "split"],
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
    [
      "a line of 1x7, padded by more than its window at top and bottom",
      { batch: 2, height: 5, width: 9, channels: 20, outputs: 36, kernel: [1, 7], stride: 1, pad: [2, 3] },
      ["register", "tiled", "rows", "subgroup", "split"],
    ],
    [
      "5x1 of strides 2 and 1",
      { batch: 1, height: 11, width: 6, channels: 28, outputs: 36, kernel: [5, 1], stride: [2, 1], pad: [2, 0] },
      ["register", "tiled", "rows", "subgroup", "split"],
    ],
    [
      "3x3, negative padding crops",
      { batch: 1, height: 9, width: 10, channels: 16, outputs: 16, kernel: 3, stride: 1, pad: [-1, -2] },
      ["register", "tiled", "subgroup", "split", "winograd", "winograd4"],
    ],
    [
      "1x1, padded: no matrix product",
      { batch: 2, height: 4, width: 5, channels: 16, outputs: 16, kernel: 1, stride: 1, pad: 1 },
      ["register", "tiled", "rows", "subgroup"],
    ],
    [
      "3x3, dilated",
      { batch: 2, height: 7, width: 9, channels: 16, outputs: 20, kernel: 3, stride: 1, dilation: [2, 3], pad: [2, 3] },
      ["register"],
    ],
  ] as const)("%s", async (_, size, names) => {
    const errors = await errorsOf(size);
    expect([...errors.keys()]).toEqual(names);
    for (const [name, error] of errors) expect(error, name).toBeLessThan(3e-6);
  });

  test("Winograd's algorithms in several chunks of tiles", async () => {
    const size = { batch: 3, height: 51, width: 54, channels: 4, outputs: 512, kernel: 3, stride: 1, pad: 1 };
    const errors = await errorsOf(size, []);
    expect(errors.size).toBe(2);
    for (const [name, error] of errors) expect(error, name).toBeLessThan(3e-6);
  });
});

test.each([
  { batch: 3, height: 5, width: 7, channels: 20, outputs: 36, kernel: 3, stride: 1, pad: 1, activation: "relu6" as const },
  { batch: 2, height: 5, width: 5, channels: 132, outputs: 72, kernel: 1, stride: 1, pad: 0 },
])("every way writes the same into a strip of wider pixels, and nothing beside it: %o", async (size) => {
  const layer = layerOf(size);
  const data = dataOf(size, layer);
  const alone = await outputsOf(size, layer, data, DIRECT, { into: { first4: 0, of4: size.outputs / 4 } });
  const first = 12;
  const of = first + size.outputs + 20;
  const wide = await outputsOf(size, layer, data, DIRECT, { into: { first4: first / 4, of4: of / 4 } });
  expect(wide.size).toBeGreaterThan(3);
  for (const [name, values] of wide) {
    const inside = (at: number) => at % of >= first && at % of < first + size.outputs;
    expect(
      values.filter((_, at) => inside(at)),
      name,
    ).toEqual(alone.get(name));
    expect(
      values.every((value, at) => inside(at) || value === Math.fround(1e30)),
      name,
    ).toBe(true);
  }
});

test.each([
  { batch: 2, height: 5, width: 7, channels: 20, outputs: 36, kernel: 3, stride: 1, pad: 1 },
  { batch: 1, height: 7, width: 7, channels: 8, outputs: 40, kernel: 7, stride: 1, pad: 0 },
  { batch: 1, height: 7, width: 9, channels: 8, outputs: 20, kernel: 3, stride: 1, dilation: 2, pad: 2 },
  { batch: 2, height: 5, width: 5, channels: 132, outputs: 72, kernel: 1, stride: 1, pad: 0 },
])("every way computes the same of a matrix in several parts: %o", async (size) => {
  const layer = layerOf(size);
  const data = dataOf(size, layer);
  const whole = await outputsOf(size, layer, data, DIRECT);
  const cut = await outputsOf(size, layer, data, DIRECT, { parts: 3 });
  expect(cut.has("register")).toBe(true);
  for (const [name, values] of cut) expect(values, name).toEqual(whole.get(name));
});

test.each([
  ["NaN", Number.NaN],
  ["infinity", Number.POSITIVE_INFINITY],
])("no clamp makes a number of %s", async (_, odd) => {
  const size = { batch: 2, height: 9, width: 11, channels: 16, outputs: 16, kernel: 3, stride: 1, pad: 1, activation: "relu6" as const };
  const layer = layerOf(size);
  const data = dataOf(size, layer);
  const at = [1, 4, 5] as const;
  data.image[((at[0] * size.height + at[1]) * size.width + at[2]) * size.channels + 3] = odd;
  const outputs = await outputsOf(size, layer, data, DIRECT);
  expect([...outputs.keys()]).toEqual(["register", "tiled", "rows", "subgroup", "split", "winograd", "winograd4"]);
  for (const [name, output] of outputs) {
    for (let pixel = 0; pixel < output.length / size.outputs; pixel++) {
      const [n, y, x] = [Math.floor(pixel / 99), Math.floor(pixel / 11) % 9, pixel % 11];
      const reached = n === at[0] && Math.abs(y - at[1]) <= 1 && Math.abs(x - at[2]) <= 1;
      if (!reached) continue;
      const values = output.subarray(pixel * size.outputs, (pixel + 1) * size.outputs);
      expect(
        values.every((value) => !Number.isFinite(value)),
        `${name}, pixel ${y}, ${x}`,
      ).toBe(true);
    }
    expect(output.some(Number.isFinite), name).toBe(true);
  }
});

test("a shape's name tells windows apart, and stays that of square ones", () => {
  const name = (window: Partial<Size>) =>
    shapeKey(layerOf({ batch: 1, height: 8, width: 8, channels: 16, outputs: 32, kernel: 3, stride: 1, pad: 1, ...window }), "f32");
  expect(name({})).toBe("3x3/1 8x8>8x8 16>32 f32");
  expect(name({ stride: 2 })).toBe("3x3/2 8x8>4x4 16>32 f32");
  expect(name({ kernel: [1, 7], stride: [1, 2], pad: [0, 3] })).toBe("1x7/1x2 8x8>8x4 16>32 f32");
  expect(name({ dilation: 2, pad: 2 })).toBe("3x3/1 dilated 2 8x8>8x8 16>32 f32");
});

test("Winograd's algorithms are preferred where they pay, on software adapters", () => {
  const layer = (channels: number, { size = 14, kernel = 3, stride = 1 } = {}) =>
    layerOf({ batch: 1, height: size, width: size, channels, outputs: 1024, kernel, stride, pad: 1 });
  expect(preferredWinograd(engine, layer(32), "f32")).toBe(winograd4);
  expect(preferredWinograd(engine, layer(28), "f32")).toBeUndefined();
  expect(preferredWinograd(engine, layer(64, { size: 12 }), "f32")).toBe(winograd);
  expect(preferredWinograd(engine, layer(32, { size: 12 }), "f32")).toBeUndefined();
  expect(preferredWinograd(engine, layer(64), "f16")).toBe(winograd);
  expect(preferredWinograd(engine, layer(64, { stride: 2 }), "f32")).toBeUndefined();
  expect(preferredWinograd(engine, layer(64, { kernel: 1 }), "f32")).toBeUndefined();
  // 36 planes of 4 MB are more than such an adapter binds, 16 are not.
  const small = Object.create(engine, { largestTensor: { value: 128 << 20 } });
  expect(preferredWinograd(small, layer(1024), "f32")).toBe(winograd);
});
