import { roundUp } from "../../../src/engine/tensor.ts";
import { convRows, convSubgroup, convTiled } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { common, convolve, type Layer, RELU6, size } from "./convolve.ts";

/** Width of SwiftShader's subgroups. */
const LANES = 4;
const LONG = "the interpreter would take minutes";
const NO_SUBGROUPS = "the interpreter has no subgroups";

/** Parts of a layer: `all` columns of the result, where this gives some of them, from `first` on; multiples of 4. */
interface Part {
  all?: number;
  first?: number;
}

/** A layer as conv_subgroup and conv_tiled see it. */
function partCase(layer: Layer & Part, seed: number) {
  const [channels, columns] = [layer.image[3], layer.out[2]];
  const { all = columns, first = 0, residual = false, kernel } = layer;
  const { uniforms, clamp, rows } = common(layer);
  const { into = { first, of: all } } = layer;
  const random = new Random(seed);
  const stride = roundUp(channels, 4);
  const image = random.floats(size(layer.image.slice(0, 3)) * stride);
  // A fourth channel of colours counts for nothing, whatever it holds.
  if (channels === 3) for (let i = 3; i < image.length; i += 4) image[i] = 1e30;
  const weights = random.floats(size(kernel) * channels * columns);
  const bias = random.floats(all);
  const skip = random.floats(residual ? rows * into.of : 4);
  const weight = (ky: number, kx: number, channel: number, column: number) =>
    weights[((ky * kernel[1] + kx) * channels + channel) * columns + column] as number;
  const place = (at: number) => Math.floor(at / columns) * into.of + into.first + (at % columns);
  const start = (at: number, column: number) => (bias[first + column] as number) + (residual ? (skip[place(at)] as number) : 0);
  const expected = new Float64Array(rows * into.of).fill(POISON);
  for (const [at, value] of clamp(convolve(layer, image, stride, weight, start)).entries()) expected[place(at)] = value;
  return {
    ...{ rows, columns },
    read: { image, weights, bias, residual: skip },
    written: { out: { expected } },
    uniforms: {
      ...{ ...uniforms, rows, channels4: stride / 4, columns4: columns / 4 },
      ...{ first4: first / 4, out_columns4: into.of / 4, out_first4: into.first / 4, has_residual: Number(residual) },
    },
    tolerance: sumTolerance(size(kernel) * channels + 2),
  };
}

/** How conv_subgroup is dispatched, whatever it computes. */
function onSubgroups(rows: number, columns: number, slices = 1) {
  const threads = [Math.ceil(columns / 4 / (2 * LANES)) * LANES, Math.ceil(rows / 16), slices] as const;
  return { constants: { LANES }, threads, gpuOnly: NO_SUBGROUPS };
}

function subgroupCase(name: string, seed: number, layer: Layer & Part): KernelCase {
  const { rows, columns, uniforms, ...parts } = partCase(layer, seed);
  return kernelCase(convSubgroup, name, {
    ...parts,
    uniforms: { ...uniforms, has_bias: 1, slice: 0, out_step: 0 },
    ...onSubgroups(rows, columns),
  });
}

/** How conv_rows is dispatched. */
function onRows(rows: number, columns: number, { COLUMNS = 6, INNER = 4, planes = 1 } = {}) {
  const threads = [Math.ceil(columns / 4 / COLUMNS) * LANES, Math.ceil(rows / 32), planes] as const;
  return { constants: { LANES, COLUMNS, INNER }, threads, gpuOnly: NO_SUBGROUPS };
}

function rowsCase(name: string, seed: number, layer: Layer & Part, COLUMNS?: number): KernelCase {
  const { rows, columns, uniforms, ...parts } = partCase(layer, seed);
  return kernelCase(convRows, name, {
    ...parts,
    uniforms: { ...uniforms, has_bias: 1, image_step: 0, weights_step: 0, out_step: 0 },
    ...onRows(rows, columns, { COLUMNS, INNER: layer.image[3] === 3 ? 3 : 4 }),
  });
}

/** The inner dimension in slices of `slice` vec4s: sums of the slices, without bias or residual, one behind the other. */
function slicedCase(name: string, seed: number, layer: Layer, slice: number): KernelCase {
  const { rows, columns, uniforms, read, tolerance } = partCase(layer, seed);
  const [channels, side] = [layer.image[3], layer.kernel[0]];
  const inner = (side * side * channels) / 4;
  const slices = Math.ceil(inner / slice);
  const expected = Array.from({ length: slices }, (_, z) => {
    const weight = (ky: number, kx: number, channel: number, column: number) => {
      const line = (ky * side + kx) * channels + channel;
      return line >= 4 * slice * z && line < 4 * slice * (z + 1) ? (read.weights[line * columns + column] as number) : 0;
    };
    return [...convolve(layer, read.image, channels, weight, () => 0)];
  }).flat();
  return kernelCase(convSubgroup, name, {
    read,
    written: { out: { expected } },
    uniforms: { ...uniforms, has_bias: 0, slice, out_step: (rows * columns) / 4 },
    ...onSubgroups(rows, columns, slices),
    tolerance,
  });
}

/** Several products at once. */
function batchedCase(name: string, seed: number, products: number, rows: number, channels: number, columns: number): KernelCase {
  const layer: Layer = { image: [rows, 1, 1, channels], out: [1, 1, columns], kernel: [1, 1] };
  const random = new Random(seed);
  const image = random.floats(products * rows * channels);
  const weights = random.floats(products * channels * columns);
  const expected = Array.from({ length: products }, (_, z) => {
    const weight = (_ky: number, _kx: number, channel: number, column: number) =>
      weights[(z * channels + channel) * columns + column] as number;
    return [...convolve(layer, image.subarray(z * rows * channels, (z + 1) * rows * channels), channels, weight, () => 0)];
  }).flat();
  const steps = { image_step: (rows * channels) / 4, weights_step: (channels * columns) / 4, out_step: (rows * columns) / 4 };
  return kernelCase(convRows, name, {
    read: { image, weights, bias: new Float32Array(4), residual: new Float32Array(4) },
    written: { out: { expected } },
    uniforms: { ...partCase(layer, seed).uniforms, has_bias: 0, ...steps },
    ...onRows(rows, columns, { COLUMNS: 5, planes: products }),
    tolerance: sumTolerance(channels),
  });
}

function tiledCase(name: string, seed: number, layer: Layer & Part, gpuOnly?: string): KernelCase {
  const { rows, columns, ...parts } = partCase(layer, seed);
  return kernelCase(convTiled, name, {
    ...parts,
    ...(gpuOnly ? { gpuOnly } : {}),
    threads: [Math.ceil(columns / 64) * 16, Math.ceil(rows / 64) * 8],
  });
}

const STRIP: Layer & Part = {
  ...{ image: [2, 4, 5, 8], out: [4, 5, 12], kernel: [3, 3], pad: [1, 1] },
  ...{ all: 20, first: 8, into: { first: 16, of: 36 }, low: 0 },
};

const ONE_PIXEL: Layer = { image: [1, 1, 1, 4], out: [1, 1, 4], kernel: [3, 3], pad: [1, 1] };

const STRIDED: Layer = {
  ...{ image: [2, 7, 6, 8], out: [4, 3, 12], kernel: [3, 3] },
  ...{ stride: 2, pad: [1, 0], residual: true, ...RELU6 },
};

const LINE: Layer = { image: [1, 5, 9, 8], out: [3, 5, 8], kernel: [1, 7], stride: [1, 2], pad: [-1, 3] };

export const tileCases: KernelCase[] = [
  subgroupCase("one pixel under a 3 x 3 window: fifteen rows of the tile and most lanes idle", 6, ONE_PIXEL),
  subgroupCase("stride 2, padded on two sides only, a batch, odd vec4 columns, residual and ReLU6 in the store", 7, STRIDED),
  subgroupCase("several tiles both ways, the last ones part full; windows of many channels", 8, {
    image: [1, 7, 9, 20],
    out: [7, 9, 68],
    kernel: [3, 3],
    pad: [1, 1],
  }),
  subgroupCase("a matrix product, some columns of a wider one: the others stay as they are", 9, {
    image: [37, 1, 1, 24],
    out: [1, 1, 36],
    ...{ kernel: [1, 1], all: 52, first: 12, residual: true, low: 0 },
  }),
  subgroupCase("some columns of a layer that is itself a part of wider pixels", 37, STRIP),
  rowsCase("some columns of a layer that is itself a part of wider pixels", 38, STRIP),
  tiledCase("some columns of a layer that is itself a part of wider pixels", 39, STRIP),
  subgroupCase("a 1 x 1 window of stride 2 skips pixels", 10, { image: [1, 5, 3, 4], out: [3, 2, 8], kernel: [1, 1], stride: 2 }),

  subgroupCase("a line of 1 x 7 of stride 2 along it, cropped at the top", 17, LINE),
  subgroupCase("5 x 2 of stride 2 down it", 18, { image: [1, 9, 6, 8], out: [5, 7, 12], kernel: [5, 2], stride: [2, 1], pad: [2, 1] }),
  rowsCase("a line of 1 x 7 of stride 2 along it, cropped at the top", 19, LINE),
  rowsCase("one pixel under a 3 x 3 window: all rows of the tile but one and most lanes idle", 11, ONE_PIXEL),
  rowsCase("stride 2, padded on two sides only, a batch, odd vec4 columns, residual and ReLU6 in the store", 12, STRIDED),
  rowsCase("several tiles both ways, the last ones part full; windows of many channels", 13, {
    image: [1, 7, 9, 20],
    out: [7, 9, 36],
    kernel: [3, 3],
    pad: [1, 1],
  }),
  rowsCase("tiles of five columns, the last one part full", 20, { image: [1, 7, 5, 12], out: [7, 5, 28], kernel: [3, 3], pad: [1, 1] }, 5),
  rowsCase("tiles of four columns, stride 2", 21, STRIDED, 4),
  rowsCase("three colours, stride 2, ReLU6", 22, {
    ...{ image: [2, 9, 11, 3], out: [5, 6, 20], kernel: [3, 3] },
    ...{ stride: 2, pad: [1, 1], ...RELU6 },
  }),
  rowsCase("a matrix product, some columns of a wider one: the others stay as they are", 14, {
    image: [37, 1, 1, 24],
    out: [1, 1, 20],
    ...{ kernel: [1, 1], all: 52, first: 12, residual: true, low: 0 },
  }),

  slicedCase(
    "slices that end within a tap and within a line of taps",
    15,
    { image: [1, 4, 5, 12], out: [4, 5, 8], kernel: [3, 3], pad: [1, 1] },
    5,
  ),
  slicedCase("slices of a product, the last one short", 16, { image: [20, 1, 1, 44], out: [1, 1, 40], kernel: [1, 1] }, 4),
  batchedCase("three products at once", 17, 3, 18, 12, 36),

  tiledCase("a single vec4 of a single row", 90, { image: [1, 1, 1, 4], out: [1, 1, 4], kernel: [1, 1] }),
  tiledCase("a line of 1 x 7 of stride 2 along it, cropped at the top", 36, LINE),
  tiledCase("one pixel under a 3 x 3 window", 31, ONE_PIXEL),
  tiledCase("stride 2, padded on two sides only, a batch, odd vec4 columns, residual and ReLU6 in the store", 32, STRIDED),
  tiledCase(
    "several tiles both ways, the last ones part full; an inner dimension that is no multiple of the step",
    33,
    {
      image: [1, 9, 9, 20],
      out: [9, 9, 68],
      kernel: [1, 1],
    },
    LONG,
  ),
  tiledCase("a matrix product, some columns of a wider one: the others stay as they are", 34, {
    image: [37, 1, 1, 24],
    out: [1, 1, 36],
    ...{ kernel: [1, 1], all: 52, first: 12, residual: true, low: 0 },
  }),
  tiledCase(
    "fewer channels than a step: a thread goes on by several taps",
    35,
    {
      image: [1, 5, 4, 4],
      out: [5, 4, 8],
      kernel: [5, 5],
      pad: [2, 2],
    },
    LONG,
  ),
];
