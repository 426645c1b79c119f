import { conv, convGrouped, convStem, depthwise, depthwiseTile } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { common, convolve, type Layer, placed, RELU6, type Strip, size, stripOf } from "./convolve.ts";

/** `first`: the bias is of a wider layer, of which the kernel computes the columns from that one on. */
function convCase(name: string, seed: number, layer: Layer & { first?: number }): KernelCase {
  const { image: shape, kernel, residual = false, first = 0 } = layer;
  const [channels, columns] = [shape[3], layer.out[2]];
  const { uniforms, apart, written, outColumns, rows } = common(layer);
  const random = new Random(seed);
  const image = random.floats(size(shape));
  const weights = random.floats(size(kernel) * channels * columns);
  const bias = random.floats(first + columns);
  const skip = random.floats(residual ? rows * columns : 4);
  const weight = (ky: number, kx: number, channel: number, column: number) =>
    weights[((ky * kernel[1] + kx) * channels + channel) * columns + column] as number;
  const start = (at: number, column: number) => (bias[first + column] as number) + (residual ? (skip[at] as number) : 0);
  return kernelCase(conv, name, {
    read: { image, weights, bias, residual: skip },
    written: written(convolve(layer, image, channels, weight, start)),
    uniforms: {
      ...{ ...uniforms, ...apart, rows, channels4: channels / 4, columns4: columns / 4, ...outColumns },
      ...{ first4: first / 4, has_bias: 1, has_residual: Number(residual) },
    },
    threads: [Math.ceil(columns / 8), Math.ceil(rows / 8)],
    tolerance: sumTolerance(size(kernel) * channels + 2),
  });
}

function stemCase(name: string, seed: number, layer: Layer): KernelCase {
  const { kernel, out } = layer;
  const columns = out[2];
  const { uniforms, apart, written, outColumns, lines } = common(layer);
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
    written: written(convolve(layer, image, 4, weight, (_, column) => bias[column] as number)),
    uniforms: { ...uniforms, ...apart, lines, columns4: columns / 4, ...outColumns },
    threads: [Math.ceil(columns / 8), Math.ceil(out[1] / 4), lines],
    tolerance: sumTolerance(size(kernel) * 3 + 1),
  });
}

/** `from`: the image's channels are part of wider pixels. */
function depthwiseCase(name: string, seed: number, layer: Layer & { from?: Strip }): KernelCase {
  const { image: shape, kernel, out, from } = layer;
  const channels = shape[3];
  const { uniforms, apart, written, outColumns, lines } = common(layer);
  const random = new Random(seed);
  const image = random.floats(size(shape));
  const weights = random.floats(size(kernel) * channels);
  const bias = random.floats(channels);
  const weight = (ky: number, kx: number, channel: number, column: number) =>
    channel === column ? (weights[(ky * kernel[1] + kx) * channels + channel] as number) : 0;
  const read = stripOf(channels, from);
  return kernelCase(depthwise, name, {
    read: { image: Float32Array.from(placed(Float64Array.from(image), channels, from)), weights, bias },
    written: written(convolve(layer, image, channels, weight, (_, column) => bias[column] as number)),
    uniforms: {
      ...{ ...uniforms, ...apart, lines, channels4: channels / 4, image_channels4: read.of4, image_first4: read.first4 },
      ...{ out_channels4: outColumns.out_columns4, out_first4: outColumns.out_first4 },
    },
    threads: [channels / 4, Math.ceil(out[1] / depthwise.constants.TILE_PIXELS), lines],
    tolerance: sumTolerance(size(kernel) + 1),
  });
}

/** A depthwise convolution in tiles: windows of 3 x 3 or 5 x 5, strides alike, no taps apart. */
function depthwiseTileCase(
  name: string,
  seed: number,
  tile: readonly [lines: number, pixels: 4 | 7],
  layer: Layer & { kernel: [3, 3] | [5, 5] },
): KernelCase {
  const { image: shape, kernel, out } = layer;
  const channels = shape[3];
  const { uniforms, written, outColumns } = common(layer);
  const random = new Random(seed);
  const image = random.floats(size(shape));
  const weights = random.floats(size(kernel) * channels);
  const bias = random.floats(channels);
  const weight = (ky: number, kx: number, channel: number, column: number) =>
    channel === column ? (weights[(ky * kernel[1] + kx) * channels + channel] as number) : 0;
  const { kernel_y: _, kernel_x: __, stride_y: STRIDE, stride_x: ___, ...rest } = uniforms;
  const [tile_lines, TILE_PIXELS] = tile;
  return kernelCase(depthwiseTile, name, {
    read: { image, weights, bias },
    written: written(convolve(layer, image, channels, weight, (_, column) => bias[column] as number)),
    constants: { TAPS: kernel[0], STRIDE, TILE_PIXELS },
    uniforms: {
      ...rest,
      batch: shape[0],
      tile_lines,
      channels4: channels / 4,
      out_channels4: outColumns.out_columns4,
      out_first4: outColumns.out_first4,
    },
    threads: [channels / 4, Math.ceil(out[1] / TILE_PIXELS), shape[0] * Math.ceil(out[0] / tile_lines)],
    tolerance: sumTolerance(size(kernel) + 1),
  });
}

/** Blocks of the image's channels, each with as many of the columns. */
function groupedCase(name: string, seed: number, blocks: number, layer: Layer): KernelCase {
  const { image: shape, kernel, out, residual = false } = layer;
  const [channels, columns] = [shape[3], out[2]];
  const [inputs, outputs] = [channels / blocks, columns / blocks];
  const { uniforms, apart, written, outColumns, lines, rows } = common(layer);
  const random = new Random(seed);
  const image = random.floats(size(shape));
  const weights = random.floats(size(kernel) * inputs * columns);
  const bias = random.floats(columns);
  const skip = random.floats(residual ? rows * columns : 4);
  const weight = (ky: number, kx: number, channel: number, column: number) =>
    Math.floor(channel / inputs) === Math.floor(column / outputs)
      ? (weights[((ky * kernel[1] + kx) * inputs + (channel % inputs)) * columns + column] as number)
      : 0;
  const start = (at: number, column: number) => (bias[column] as number) + (residual ? (skip[at] as number) : 0);
  const TILE_COLUMNS = outputs % 8 === 0 ? 2 : 1;
  return kernelCase(convGrouped, name, {
    read: { image, weights, bias, residual: skip },
    written: written(convolve(layer, image, channels, weight, start)),
    constants: { TILE_COLUMNS },
    uniforms: {
      ...{ ...uniforms, ...apart, lines, channels4: channels / 4, columns4: columns / 4, ...outColumns },
      ...{ block_inputs4: inputs / 4, block_columns4: outputs / 4, has_residual: Number(residual) },
    },
    threads: [columns / 4 / TILE_COLUMNS, Math.ceil(out[1] / convGrouped.constants.TILE_PIXELS), lines],
    tolerance: sumTolerance(size(kernel) * inputs + 2),
  });
}

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
  convCase("taps of 2 x 3 that lie 2 and 1 apart, strides 1 and 2", 6, {
    image: [2, 5, 7, 4],
    out: [4, 3, 8],
    kernel: [2, 3],
    ...{ stride: [1, 2], dilation: [2, 1], pad: [1, 0] },
  }),
  convCase("columns of wider pixels, a batch: the others stay as they are", 8, {
    image: [2, 5, 3, 8],
    out: [5, 3, 12],
    kernel: [3, 3],
    ...{ pad: [1, 1], into: { first: 8, of: 28 }, ...RELU6 },
  }),
  convCase("a part of a wider layer's columns, whose bias is all of it", 9, {
    image: [1, 4, 3, 8],
    out: [4, 3, 12],
    kernel: [3, 3],
    ...{ pad: [1, 1], first: 16, into: { first: 16, of: 40 }, residual: false },
  }),
  convCase("a padding below 0 crops", 7, { image: [1, 6, 7, 4], out: [3, 4, 4], kernel: [2, 1], pad: [-1, -2] }),
  convCase("more pixels and columns than one workgroup", 5, { image: [1, 11, 13, 4], out: [11, 13, 36], kernel: [1, 2] }),

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
  stemCase("columns of wider pixels, a batch: the others stay as they are", 16, {
    image: [2, 4, 5, 3],
    out: [4, 5, 12],
    kernel: [3, 3],
    ...{ pad: [1, 1], into: { first: 4, of: 16 }, ...RELU6 },
  }),
  stemCase("a line of 1 x 4, taps 2 apart, strides 2 and 3", 15, {
    image: [1, 5, 16, 3],
    out: [3, 4, 8],
    kernel: [1, 4],
    ...{ stride: [2, 3], dilation: [1, 2], pad: [0, 1] },
  }),
  stemCase("more pixels of a line and more columns than one workgroup", 14, { image: [1, 1, 70, 3], out: [1, 70, 36], kernel: [1, 1] }),

  groupedCase("a 1 x 1 image under a 3 x 3 window, blocks of one vec4", 31, 3, {
    image: [1, 1, 1, 12],
    out: [1, 1, 12],
    kernel: [3, 3],
    pad: [1, 1],
  }),
  groupedCase("stride 2, a batch, two columns a thread, residual and ReLU6 in the store", 32, 2, {
    ...{ image: [2, 5, 17, 16], out: [3, 9, 32], kernel: [3, 3], stride: 2, pad: [1, 1] },
    ...{ residual: true, ...RELU6 },
  }),
  groupedCase("blocks of an odd number of columns, more inputs than outputs, taps apart", 33, 2, {
    ...{ image: [1, 6, 9, 32], out: [4, 6, 8], kernel: [2, 3], dilation: [3, 2], pad: [1, 0] },
  }),
  groupedCase("columns of wider pixels, a batch: the others stay as they are", 36, 3, {
    ...{ image: [2, 3, 9, 12], out: [3, 9, 12], kernel: [3, 3], pad: [1, 1] },
    ...{ into: { first: 12, of: 28 }, ...RELU6 },
  }),
  groupedCase("a padding below 0 crops, strides 1 and 3", 34, 2, {
    ...{ image: [1, 4, 13, 8], out: [3, 4, 24], kernel: [1, 2], stride: [1, 3], pad: [-1, -2] },
  }),
  groupedCase("more columns and pixels of a line than one workgroup", 35, 18, {
    ...{ image: [1, 1, 32, 72], out: [1, 32, 72], kernel: [1, 3], pad: [0, 1] },
  }),

  depthwiseCase("a 1 x 1 image under a 3 x 3 window", 21, { image: [1, 1, 1, 4], out: [1, 1, 4], kernel: [3, 3], pad: [1, 1] }),
  depthwiseCase("stride 1: the window slides over a width that is no multiple of the tile; a batch, ReLU6", 22, {
    image: [2, 5, 9, 8],
    out: [5, 9, 8],
    kernel: [5, 5],
    pad: [2, 2],
    ...RELU6,
  }),
  depthwiseCase("stride 1 under a 1 x 1 window: the tile is wider than the window", 23, {
    image: [1, 2, 3, 4],
    out: [2, 3, 4],
    kernel: [1, 1],
  }),
  depthwiseCase("channels of wider pixels, read and written, a batch: the others stay as they are", 28, {
    ...{ image: [2, 3, 9, 8], out: [3, 9, 8], kernel: [3, 3], pad: [1, 1] },
    ...{ from: { first: 4, of: 20 }, into: { first: 12, of: 20 }, ...RELU6 },
  }),
  depthwiseCase("stride 2 under a 5 x 5 window, more padding at the bottom and right", 24, {
    image: [1, 8, 17, 4],
    out: [4, 9, 4],
    kernel: [5, 5],
    stride: 2,
    pad: [1, 2],
  }),
  depthwiseCase("taps that lie 2 and 3 apart, strides 1 and 2: every tap has its own window", 26, {
    image: [2, 6, 19, 4],
    out: [4, 9, 4],
    kernel: [3, 3],
    ...{ stride: [1, 2], dilation: [2, 3], pad: [1, 2] },
  }),
  depthwiseTileCase("tiles: a 1 x 1 image under a 3 x 3 window", 61, [16, 7], {
    ...{ image: [1, 1, 1, 4], out: [1, 1, 4], kernel: [3, 3], pad: [1, 1] },
  }),
  depthwiseTileCase("tiles, 3 x 3: part-full tiles at the right and at the bottom, a batch, ReLU6, a strip of a wider tensor", 62, [4, 7], {
    ...{ image: [2, 6, 9, 8], out: [6, 9, 8], kernel: [3, 3], pad: [1, 1], into: { first: 12, of: 24 } },
    ...RELU6,
  }),
  depthwiseTileCase("tiles, 3 x 3, stride 2: more padding at the bottom and right, none above", 63, [9, 4], {
    ...{ image: [2, 17, 18, 4], out: [9, 9, 4], kernel: [3, 3], stride: 2, pad: [0, 0] },
  }),
  depthwiseTileCase("tiles, 5 x 5: windows wider than the image, no padding at the left", 64, [2, 4], {
    ...{ image: [1, 3, 4, 8], out: [3, 4, 8], kernel: [5, 5], pad: [2, 0] },
  }),
  depthwiseTileCase("tiles, 5 x 5, stride 2: a batch, odd sizes", 65, [3, 4], {
    ...{ image: [2, 13, 19, 4], out: [7, 10, 4], kernel: [5, 5], stride: 2, pad: [2, 2] },
  }),
  depthwiseTileCase("tiles, 5 x 5: a single line of the output", 67, [16, 7], {
    ...{ image: [1, 1, 8, 4], out: [1, 8, 4], kernel: [5, 5], pad: [2, 2] },
  }),
  depthwiseTileCase("tiles of 4 pixels, 3 x 3: part-full at the right", 68, [2, 4], {
    ...{ image: [2, 5, 6, 8], out: [5, 6, 8], kernel: [3, 3], pad: [1, 1] },
  }),
  depthwiseTileCase("tiles: more channels and tiles than one workgroup", 66, [1, 7], {
    ...{ image: [1, 5, 30, 68], out: [5, 30, 68], kernel: [3, 3], pad: [1, 1] },
  }),
  depthwiseCase("strides 2 and 1 under a 3 x 2 window", 27, { image: [1, 7, 9, 4], out: [3, 8, 4], kernel: [3, 2], stride: [2, 1] }),
  depthwiseCase("more channels and pixels of a line than one workgroup", 25, {
    image: [1, 2, 32, 68],
    out: [2, 32, 68],
    kernel: [1, 3],
    pad: [0, 1],
  }),
];
