import { conv, convStem, convSubgroup, convTiled, depthwise } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const NO_BOUND = 3.4e38;

interface Layer {
  image: readonly [batch: number, height: number, width: number, channels: number];
  out: readonly [height: number, width: number, columns: number];
  kernel: readonly [y: number, x: number];
  stride?: number;
  pad?: readonly [top: number, left: number];
  residual?: boolean;
  low?: number;
  high?: number;
}

/**
 * Convolution of an NHWC image by its definition, before the clamp. `weight(ky, kx, channel, column)`; a pixel of the image holds
 * `pixelStride` values, of which the first `channels` count; `start` is what is added to a value.
 */
function convolve(
  { image: [batch, height, width, channels], out: [outHeight, outWidth, columns], kernel, stride = 1, pad: [top, left] = [0, 0] }: Layer,
  image: ArrayLike<number>,
  pixelStride: number,
  weight: (ky: number, kx: number, channel: number, column: number) => number,
  start: (index: number, column: number) => number,
): Float64Array {
  const value = (at: number) => {
    const [column, pixel] = [at % columns, Math.floor(at / columns)];
    const [ox, line] = [pixel % outWidth, Math.floor(pixel / outWidth)];
    const [oy, n] = [line % outHeight, Math.floor(line / outHeight)];
    let sum = start(at, column);
    for (let ky = 0; ky < kernel[0]; ky++) {
      for (let kx = 0; kx < kernel[1]; kx++) {
        const [y, x] = [oy * stride + ky - top, ox * stride + kx - left];
        if (y < 0 || y >= height || x < 0 || x >= width) continue;
        for (let channel = 0; channel < channels; channel++) {
          sum += (image[((n * height + y) * width + x) * pixelStride + channel] as number) * weight(ky, kx, channel, column);
        }
      }
    }
    return sum;
  };
  return Float64Array.from({ length: batch * outHeight * outWidth * columns }, (_, at) => value(at));
}

/** Everything of the uniforms that the three kernels share, and the clamp that they apply. */
function common(layer: Layer) {
  const { image, out, kernel, stride = 1, pad: [top, left] = [0, 0], low = -NO_BOUND, high = NO_BOUND } = layer;
  const uniforms = { height: image[1], width: image[2], out_height: out[0], out_width: out[1], low, high };
  const window = { kernel_y: kernel[0], kernel_x: kernel[1], stride, pad_top: top, pad_left: left };
  const clamp = (values: Float64Array) => values.map((value) => Math.min(Math.max(value, low), high));
  return { uniforms: { ...uniforms, ...window }, clamp, lines: image[0] * out[0], rows: image[0] * out[0] * out[1] };
}

const size = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

function convCase(name: string, seed: number, layer: Layer): KernelCase {
  const { image: shape, kernel, residual = false } = layer;
  const [channels, columns] = [shape[3], layer.out[2]];
  const { uniforms, clamp, rows } = common(layer);
  const random = new Random(seed);
  const image = random.floats(size(shape));
  const weights = random.floats(size(kernel) * channels * columns);
  const bias = random.floats(columns);
  const skip = random.floats(residual ? rows * columns : 4);
  const weight = (ky: number, kx: number, channel: number, column: number) =>
    weights[((ky * kernel[1] + kx) * channels + channel) * columns + column] as number;
  const start = (at: number, column: number) => (bias[column] as number) + (residual ? (skip[at] as number) : 0);
  return kernelCase(conv, name, {
    read: { image, weights, bias, residual: skip },
    written: { out: { expected: clamp(convolve(layer, image, channels, weight, start)) } },
    uniforms: { ...uniforms, rows, channels4: channels / 4, columns4: columns / 4, has_bias: 1, has_residual: Number(residual) },
    threads: [Math.ceil(columns / 8), Math.ceil(rows / 8)],
    tolerance: sumTolerance(size(kernel) * channels + 2),
  });
}

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
  const { kernel_y: side, kernel_x: _, ...shared } = uniforms;
  const random = new Random(seed);
  const image = random.floats(size(layer.image));
  const weights = random.floats(size(kernel) * channels * columns);
  const bias = random.floats(all);
  const skip = random.floats(residual ? rows * all : 4);
  const weight = (ky: number, kx: number, channel: number, column: number) =>
    weights[((ky * side + kx) * channels + channel) * columns + column] as number;
  const place = (at: number) => Math.floor(at / columns) * all + first + (at % columns);
  const start = (at: number, column: number) => (bias[first + column] as number) + (residual ? (skip[place(at)] as number) : 0);
  const expected = new Float64Array(rows * all).fill(POISON);
  for (const [at, value] of clamp(convolve(layer, image, channels, weight, start)).entries()) expected[place(at)] = value;
  return {
    ...{ rows, columns },
    read: { image, weights, bias, residual: skip },
    written: { out: { expected } },
    uniforms: {
      ...{ ...shared, rows, kernel: side, channels4: channels / 4, columns4: columns / 4 },
      ...{ out_columns4: all / 4, first4: first / 4, has_residual: Number(residual) },
    },
    tolerance: sumTolerance(size(kernel) * channels + 2),
  };
}

function subgroupCase(name: string, seed: number, layer: Layer & Part): KernelCase {
  const { rows, columns, uniforms, ...parts } = partCase(layer, seed);
  return kernelCase(convSubgroup, name, {
    ...parts,
    uniforms: { ...uniforms, has_bias: 1, slice: 0, image_step: 0, weights_step: 0, out_step: 0 },
    constants: { LANES },
    threads: [Math.ceil(columns / 4 / (2 * LANES)) * LANES, Math.ceil(rows / 16)],
    gpuOnly: NO_SUBGROUPS,
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
    uniforms: { ...uniforms, has_bias: 0, slice, image_step: 0, weights_step: 0, out_step: (rows * columns) / 4 },
    constants: { LANES },
    threads: [Math.ceil(columns / 4 / (2 * LANES)) * LANES, Math.ceil(rows / 16), slices],
    tolerance,
    gpuOnly: NO_SUBGROUPS,
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
  return kernelCase(convSubgroup, name, {
    read: { image, weights, bias: new Float32Array(4), residual: new Float32Array(4) },
    written: { out: { expected } },
    uniforms: { ...partCase(layer, seed).uniforms, has_bias: 0, slice: 0, ...steps },
    constants: { LANES },
    threads: [Math.ceil(columns / 4 / (2 * LANES)) * LANES, Math.ceil(rows / 16), products],
    tolerance: sumTolerance(channels),
    gpuOnly: NO_SUBGROUPS,
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

function stemCase(name: string, seed: number, layer: Layer): KernelCase {
  const { kernel, out } = layer;
  const columns = out[2];
  const { uniforms, clamp, lines } = common(layer);
  const random = new Random(seed);
  const image = random.floats(size(layer.image.slice(0, 3)) * 4);
  // The fourth channel counts for nothing, whatever it holds.
  for (let i = 3; i < image.length; i += 4) image[i] = 1e30;
  const weights = random.floats(size(kernel) * 3 * columns);
  const bias = random.floats(columns);
  const weight = (ky: number, kx: number, channel: number, column: number) =>
    weights[((ky * kernel[1] + kx) * 3 + channel) * columns + column] as number;
  return kernelCase(convStem, name, {
    read: { image, weights, bias },
    written: { out: { expected: clamp(convolve(layer, image, 4, weight, (_, column) => bias[column] as number)) } },
    uniforms: { ...uniforms, lines, columns4: columns / 4 },
    threads: [Math.ceil(columns / 8), Math.ceil(out[1] / 4), lines],
    tolerance: sumTolerance(size(kernel) * 3 + 1),
  });
}

function depthwiseCase(name: string, seed: number, layer: Layer): KernelCase {
  const { image: shape, kernel, out } = layer;
  const channels = shape[3];
  const { uniforms, clamp, lines } = common(layer);
  const random = new Random(seed);
  const image = random.floats(size(shape));
  const weights = random.floats(size(kernel) * channels);
  const bias = random.floats(channels);
  const weight = (ky: number, kx: number, channel: number, column: number) =>
    channel === column ? (weights[(ky * kernel[1] + kx) * channels + channel] as number) : 0;
  return kernelCase(depthwise, name, {
    read: { image, weights, bias },
    written: { out: { expected: clamp(convolve(layer, image, channels, weight, (_, column) => bias[column] as number)) } },
    uniforms: { ...uniforms, lines, channels4: channels / 4 },
    threads: [channels / 4, Math.ceil(out[1] / 4), lines],
    tolerance: sumTolerance(size(kernel) + 1),
  });
}

const RELU6 = { low: 0, high: 6 };

export const convolutionCases: KernelCase[] = [
  convCase("a 1 x 1 image under a 3 x 3 window: all taps but one lie outside", 1, {
    image: [1, 1, 1, 4],
    out: [1, 1, 4],
    kernel: [3, 3],
    pad: [1, 1],
  }),
  convCase("stride 2, padded on two sides only, a batch, odd vec4 columns, residual and ReLU6 in the store", 2, {
    image: [2, 7, 6, 8],
    out: [4, 3, 12],
    kernel: [3, 3],
    stride: 2,
    pad: [1, 0],
    residual: true,
    ...RELU6,
  }),
  convCase("a 1 x 1 window of stride 2 skips pixels", 3, { image: [1, 5, 3, 4], out: [3, 2, 8], kernel: [1, 1], stride: 2 }),
  convCase("a window that is not square, padded by more than its width", 4, {
    image: [1, 3, 4, 4],
    out: [3, 8, 4],
    kernel: [2, 3],
    pad: [1, 4],
  }),
  convCase("more pixels and columns than one workgroup", 5, { image: [1, 11, 13, 4], out: [11, 13, 36], kernel: [1, 2] }),

  subgroupCase("one pixel under a 3 x 3 window: fifteen rows of the tile and most lanes idle", 6, {
    image: [1, 1, 1, 4],
    out: [1, 1, 4],
    kernel: [3, 3],
    pad: [1, 1],
  }),
  subgroupCase("stride 2, padded on two sides only, a batch, odd vec4 columns, residual and ReLU6 in the store", 7, {
    image: [2, 7, 6, 8],
    out: [4, 3, 12],
    kernel: [3, 3],
    stride: 2,
    pad: [1, 0],
    residual: true,
    ...RELU6,
  }),
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
  subgroupCase("a 1 x 1 window of stride 2 skips pixels", 10, { image: [1, 5, 3, 4], out: [3, 2, 8], kernel: [1, 1], stride: 2 }),

  slicedCase(
    "slices that end within a tap and within a line of taps",
    15,
    { image: [1, 4, 5, 12], out: [4, 5, 8], kernel: [3, 3], pad: [1, 1] },
    5,
  ),
  slicedCase("slices of a product, the last one short", 16, { image: [20, 1, 1, 44], out: [1, 1, 40], kernel: [1, 1] }, 4),
  batchedCase("three products at once", 17, 3, 18, 12, 36),

  tiledCase("one pixel under a 3 x 3 window", 31, { image: [1, 1, 1, 4], out: [1, 1, 4], kernel: [3, 3], pad: [1, 1] }),
  tiledCase("stride 2, padded on two sides only, a batch, odd vec4 columns, residual and ReLU6 in the store", 32, {
    image: [2, 7, 6, 8],
    out: [4, 3, 12],
    kernel: [3, 3],
    stride: 2,
    pad: [1, 0],
    residual: true,
    ...RELU6,
  }),
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

  stemCase("a 1 x 1 image; the fourth channel is garbage", 11, { image: [1, 1, 1, 3], out: [1, 1, 4], kernel: [3, 3], pad: [1, 1] }),
  stemCase("stride 2 with the odd pixel at the bottom and right, a batch, odd vec4 columns, ReLU6", 12, {
    image: [2, 6, 9, 3],
    out: [3, 5, 12],
    kernel: [3, 3],
    stride: 2,
    pad: [0, 1],
    ...RELU6,
  }),
  stemCase("stride 3 under a 5 x 5 window", 13, { image: [1, 8, 8, 3], out: [3, 3, 8], kernel: [5, 5], stride: 3, pad: [2, 2] }),
  stemCase("more pixels of a line and more columns than one workgroup", 14, { image: [1, 1, 70, 3], out: [1, 70, 36], kernel: [1, 1] }),

  depthwiseCase("a 1 x 1 image under a 3 x 3 window", 21, { image: [1, 1, 1, 4], out: [1, 1, 4], kernel: [3, 3], pad: [1, 1] }),
  depthwiseCase("stride 1: the window slides over a width that is no multiple of the tile; a batch, ReLU6", 22, {
    image: [2, 5, 7, 8],
    out: [5, 7, 8],
    kernel: [5, 5],
    pad: [2, 2],
    ...RELU6,
  }),
  depthwiseCase("stride 1 under a 1 x 1 window: the tile is wider than the window", 23, {
    image: [1, 2, 3, 4],
    out: [2, 3, 4],
    kernel: [1, 1],
  }),
  depthwiseCase("stride 2 under a 5 x 5 window, more padding at the bottom and right", 24, {
    image: [1, 8, 7, 4],
    out: [4, 4, 4],
    kernel: [5, 5],
    stride: 2,
    pad: [1, 2],
  }),
  depthwiseCase("more channels and pixels of a line than one workgroup", 25, {
    image: [1, 2, 18, 68],
    out: [2, 18, 68],
    kernel: [1, 3],
    pad: [0, 1],
  }),
];
