import {
  convStemTransposed,
  depthwiseTransposed,
  dilate,
  linearTransposed,
  poolTransposed,
  upsampleTransposed,
} from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, ROUNDING, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

interface Window {
  image: readonly [batch: number, height: number, width: number, channels: number];
  out: readonly [height: number, width: number];
  kernel: readonly [y: number, x: number];
  stride?: number | readonly [y: number, x: number];
  dilation?: readonly [y: number, x: number];
  /** Below and to the right as at the top and left, if not given. */
  pad?: readonly [top: number, left: number, bottom?: number, right?: number];
}

/** Calls `visit` with an output's index of pixel, an input's, and the tap between them, for every tap inside the image. */
function eachTap(window: Window, visit: (output: number, input: number, tap: number) => void) {
  const { image, out, kernel, dilation = [1, 1], pad = [0, 0] } = window;
  const [batch, height, width] = image;
  const [down, across] = stridesOf(window);
  for (let output = 0; output < batch * out[0] * out[1]; output++) {
    const [ox, line] = [output % out[1], Math.floor(output / out[1])];
    const [oy, n] = [line % out[0], Math.floor(line / out[0])];
    for (let tap = 0; tap < kernel[0] * kernel[1]; tap++) {
      const y = oy * down + Math.floor(tap / kernel[1]) * dilation[0] - pad[0];
      const x = ox * across + (tap % kernel[1]) * dilation[1] - pad[1];
      if (y >= 0 && y < height && x >= 0 && x < width) visit(output, (n * height + y) * width + x, tap);
    }
  }
}

const stridesOf = ({ stride = 1 }: Window) => (typeof stride === "number" ? ([stride, stride] as const) : stride);

function shapeOf(window: Window) {
  const { image, out, kernel, dilation: [dilation_y, dilation_x] = [1, 1], pad = [0, 0] } = window;
  const [stride_y, stride_x] = stridesOf(window);
  return {
    ...{ lines: image[0] * image[1], height: image[1], width: image[2], out_height: out[0], out_width: out[1] },
    ...{ kernel_y: kernel[0], kernel_x: kernel[1], stride_y, stride_x, dilation_y, dilation_x, pad_top: pad[0], pad_left: pad[1] },
  };
}

const add = (sums: Float64Array, at: number, value: number) => {
  sums[at] = (sums[at] as number) + value;
};

function depthwiseCase(name: string, seed: number, window: Window): KernelCase {
  const [batch, height, width, channels] = window.image;
  const random = new Random(seed);
  const gradient = random.floats(batch * window.out[0] * window.out[1] * channels);
  const weights = random.floats(window.kernel[0] * window.kernel[1] * channels);
  const expected = new Float64Array(batch * height * width * channels);
  eachTap(window, (output, input, tap) => {
    for (let c = 0; c < channels; c++)
      add(expected, input * channels + c, (gradient[output * channels + c] as number) * (weights[tap * channels + c] as number));
  });
  return kernelCase(depthwiseTransposed, name, {
    read: { gradient, weights },
    written: { out: { expected } },
    uniforms: { ...shapeOf(window), channels4: channels / 4 },
    threads: [channels / 4, width, batch * height],
    tolerance: sumTolerance(window.kernel[0] * window.kernel[1]),
  });
}

/** The last number of `image` counts the output channels: the image has three. */
function stemCase(name: string, seed: number, window: Window): KernelCase {
  const [batch, height, width, columns] = window.image;
  const random = new Random(seed);
  const gradient = random.floats(batch * window.out[0] * window.out[1] * columns);
  const weights = random.floats(window.kernel[0] * window.kernel[1] * 3 * columns);
  const expected = new Float64Array(batch * height * width * 4);
  eachTap(window, (output, input, tap) => {
    for (let i = 0; i < 3 * columns; i++) {
      const [channel, column] = [Math.floor(i / columns), i % columns];
      add(expected, input * 4 + channel, (gradient[output * columns + column] as number) * (weights[tap * 3 * columns + i] as number));
    }
  });
  return kernelCase(convStemTransposed, name, {
    read: { gradient, weights },
    written: { out: { expected } },
    uniforms: { ...shapeOf(window), columns4: columns / 4 },
    threads: [width, batch * height],
    tolerance: sumTolerance(window.kernel[0] * window.kernel[1] * columns),
  });
}

const [MAXIMUM, MEAN_INSIDE, MEAN_WHOLE] = [0, 1, 2];

/** `levels`: how many values the image has; few make ties. */
function poolCase(name: string, seed: number, window: Window, mode: number, levels = 2 ** 24): KernelCase {
  const [batch, height, width, channels] = window.image;
  const random = new Random(seed);
  const image = random.floats(batch * height * width * channels).map((value) => Math.round(value * levels) / levels);
  const gradient = random.floats(batch * window.out[0] * window.out[1] * channels);
  const expected = new Float64Array(image.length);
  const [pad_top, pad_left, pad_bottom = pad_top, pad_right = pad_left] = window.pad ?? [0, 0];
  const [stride_y, stride_x] = stridesOf(window);
  const [window_y, window_x] = window.kernel;
  const reach = (at: number, stride: number, side: number, size: number) => Math.min(side, size - at * stride);
  /** Pixels of a window inside the padded image. */
  const whole = (output: number) => {
    const [x, y] = [output % window.out[1], Math.floor(output / window.out[1]) % window.out[0]];
    return reach(y, stride_y, window_y, pad_top + height + pad_bottom) * reach(x, stride_x, window_x, pad_left + width + pad_right);
  };
  const taps = new Map<number, number[]>();
  eachTap(window, (output, input) => taps.set(output, [...(taps.get(output) ?? []), input]));
  for (const [output, inputs] of taps) {
    for (let c = 0; c < channels; c++) {
      const g = gradient[output * channels + c] as number;
      const values = inputs.map((input) => image[input * channels + c] as number);
      if (mode === MAXIMUM) add(expected, (inputs[values.indexOf(Math.max(...values))] as number) * channels + c, g);
      else for (const input of inputs) add(expected, input * channels + c, g / (mode === MEAN_INSIDE ? inputs.length : whole(output)));
    }
  }
  const { lines, out_height, out_width } = shapeOf(window);
  return kernelCase(poolTransposed, name, {
    read: { image, gradient },
    written: { out: { expected } },
    uniforms: {
      ...{ lines, height, width, channels4: channels / 4, out_height, out_width, window_y, window_x, stride_y, stride_x },
      ...{ pad_top, pad_left, pad_bottom, pad_right, mode },
    },
    threads: [channels / 4, width, batch * height],
    tolerance: sumTolerance(window.kernel[0] * window.kernel[1] + 1),
  });
}

function upsampleCase(name: string, seed: number, [batch, height, width, channels]: Window["image"], factor: number): KernelCase {
  const [outHeight, outWidth] = [height * factor, width * factor];
  const gradient = new Random(seed).floats(batch * outHeight * outWidth * channels);
  const expected = new Float64Array(batch * height * width * channels);
  // Each output pixel is mixed of the two nearest pixels along an axis, which may be one and the same at the edge.
  const mix = (at: number, size: number) => {
    const source = Math.min(Math.max((at + 0.5) / factor - 0.5, 0), size - 1);
    const first = Math.floor(source);
    return [
      [first, 1 - (source - first)],
      [Math.min(first + 1, size - 1), source - first],
    ] as [number, number][];
  };
  for (const [at, g] of gradient.entries()) {
    const [c, pixel] = [at % channels, Math.floor(at / channels)];
    const [x, line] = [pixel % outWidth, Math.floor(pixel / outWidth)];
    const n = Math.floor(line / outHeight);
    for (const [iy, down] of mix(line % outHeight, height)) {
      for (const [ix, across] of mix(x, width)) add(expected, ((n * height + iy) * width + ix) * channels + c, g * down * across);
    }
  }
  return kernelCase(upsampleTransposed, name, {
    read: { gradient },
    written: { out: { expected } },
    uniforms: { lines: batch * height, height, width, channels4: channels / 4, factor },
    threads: [channels / 4, width, batch * height],
    tolerance: sumTolerance(9 * factor ** 2),
  });
}

function dilateCase(
  name: string,
  seed: number,
  image: Window["image"],
  out: Window["out"],
  [stride_y, stride_x]: readonly [number, number],
  added: boolean,
): KernelCase {
  const [batch, height, width, channels] = image;
  const random = new Random(seed);
  const values = random.floats(batch * height * width * channels);
  const residual = random.floats(added ? batch * out[0] * out[1] * channels : 4);
  const expected = added ? Float64Array.from(residual) : new Float64Array(batch * out[0] * out[1] * channels);
  for (const [at, value] of values.entries()) {
    const [c, pixel] = [at % channels, Math.floor(at / channels)];
    const [x, line] = [pixel % width, Math.floor(pixel / width)];
    const [y, n] = [line % height, Math.floor(line / height)];
    add(expected, ((n * out[0] + y * stride_y) * out[1] + x * stride_x) * channels + c, value);
  }
  return kernelCase(dilate, name, {
    read: { image: values, residual },
    written: { out: { expected } },
    uniforms: {
      ...{ lines: batch * out[0], height, width, channels4: channels / 4, out_height: out[0], out_width: out[1], stride_y, stride_x },
      has_residual: Number(added),
    },
    threads: [channels / 4, out[1], batch * out[0]],
    tolerance: { absolute: 0, relative: ROUNDING },
  });
}

interface Product {
  batch: number;
  inputs: number;
  columns: number;
  /** All columns, and those of this part. */
  all?: number;
  first4?: number;
  sign?: number;
}

function linearCase(name: string, seed: number, { batch, inputs, columns, all = columns, first4 = 0, sign = 0 }: Product): KernelCase {
  const random = new Random(seed);
  const gradient = random.floats(batch * all);
  const weights = random.floats(inputs * columns);
  const before = first4 > 0 ? random.floats(batch * inputs) : undefined;
  const weight = (k: number, n: number) => {
    const value = weights[k * columns + n] as number;
    return sign === 0 ? value : Math.max(sign * value, 0);
  };
  const expected = Float64Array.from({ length: batch * inputs }, (_, at) => {
    const [k, b] = [at % inputs, Math.floor(at / inputs)];
    let sum = before?.[at] ?? 0;
    for (let n = 0; n < columns; n++) sum += (gradient[b * all + first4 * 4 + n] as number) * weight(k, n);
    return sum;
  });
  return kernelCase(linearTransposed, name, {
    read: { gradient, weights },
    written: { out: { initial: before ?? new Float32Array(expected.length).fill(POISON), expected } },
    uniforms: { inputs4: inputs / 4, columns4: columns / 4, first4, gradient_columns4: all / 4, accumulate: Number(first4 > 0), sign },
    threads: [16, inputs / 4, batch],
    tolerance: sumTolerance(columns + 1),
  });
}

export const transposeCases: KernelCase[] = [
  depthwiseCase("3x3, padded", 1, { image: [2, 5, 6, 8], out: [5, 6], kernel: [3, 3], pad: [1, 1] }),
  depthwiseCase("5x5 of stride 2, more padding behind than before", 2, {
    image: [1, 8, 7, 4],
    out: [4, 4],
    kernel: [5, 5],
    stride: 2,
    pad: [1, 2],
  }),
  depthwiseCase("pixels that no window reaches, more channels than a workgroup", 3, {
    image: [1, 6, 8, 68],
    out: [2, 3],
    kernel: [2, 2],
    stride: 3,
  }),
  depthwiseCase("taps that lie 2 and 3 apart, strides 1 and 2", 4, {
    image: [2, 6, 11, 4],
    out: [4, 5],
    kernel: [3, 3],
    ...{ stride: [1, 2], dilation: [2, 3], pad: [1, 2] },
  }),
  depthwiseCase("3x2 of strides 2 and 1", 5, { image: [1, 7, 5, 4], out: [3, 4], kernel: [3, 2], stride: [2, 1] }),

  stemCase("a line of 1x4, taps 2 apart, strides 2 and 3", 14, {
    image: [1, 5, 16, 8],
    out: [3, 4],
    kernel: [1, 4],
    ...{ stride: [2, 3], dilation: [1, 2], pad: [0, 1] },
  }),
  stemCase("7x7 of stride 2, a batch", 11, { image: [2, 9, 10, 8], out: [5, 5], kernel: [7, 7], stride: 2, pad: [3, 3] }),
  stemCase("3x3 of stride 2, padded behind only", 12, { image: [1, 8, 18, 4], out: [4, 9], kernel: [3, 3], stride: 2 }),
  stemCase("3x3 of stride 1, padded", 13, { image: [1, 5, 4, 12], out: [5, 4], kernel: [3, 3], pad: [1, 1] }),

  poolCase("the maximum, windows that overlap", 21, { image: [2, 7, 6, 8], out: [4, 3], kernel: [3, 3], stride: 2, pad: [1, 1] }, MAXIMUM),
  poolCase("the first of equal maxima", 22, { image: [1, 8, 8, 4], out: [8, 8], kernel: [3, 3], pad: [1, 1] }, MAXIMUM, 1),
  poolCase(
    "the maximum, a line and a column that no window reaches",
    23,
    { image: [1, 5, 7, 68], out: [2, 3], kernel: [2, 2], stride: 2 },
    MAXIMUM,
  ),
  poolCase("the mean of the taps inside", 24, { image: [2, 5, 3, 8], out: [3, 2], kernel: [3, 3], stride: 2, pad: [1, 1] }, MEAN_INSIDE),
  poolCase("the mean of the whole window", 25, { image: [2, 5, 3, 8], out: [3, 2], kernel: [3, 3], stride: 2, pad: [1, 1] }, MEAN_WHOLE),
  poolCase(
    "the mean of windows of 2 x 3, strides 2 and 3",
    27,
    { image: [2, 4, 9, 8], out: [2, 3], kernel: [2, 3], stride: [2, 3] },
    MEAN_WHOLE,
  ),
  poolCase(
    "the maximum, windows of 3 x 2, strides 1 and 2",
    28,
    { image: [1, 5, 6, 4], out: [3, 3], kernel: [3, 2], stride: [1, 2] },
    MAXIMUM,
  ),
  poolCase(
    "the mean: what the last windows have beyond the padding does not count",
    29,
    { image: [2, 6, 7, 4], out: [4, 4], kernel: [3, 3], stride: 2, pad: [1, 1, 1, 0] },
    MEAN_WHOLE,
  ),
  poolCase(
    "the maximum, a last window beyond the image, four pads",
    30,
    { image: [1, 4, 37, 4], out: [3, 19], kernel: [3, 2], stride: 2, pad: [1, 1, 0, 0] },
    MAXIMUM,
  ),

  poolCase("one window that covers the image", 26, { image: [2, 5, 3, 8], out: [1, 1], kernel: [5, 3] }, MEAN_INSIDE),

  upsampleCase("by 2, a batch", 31, [2, 3, 4, 8], 2),
  upsampleCase("by 3, a line of pixels", 32, [1, 1, 5, 4], 3),
  upsampleCase("by 4, more pixels than a workgroup", 33, [1, 2, 9, 4], 4),

  dilateCase("by 2, to an odd size, a batch", 41, [2, 3, 4, 8], [5, 7], [2, 2], false),
  dilateCase("by 2, with pixels behind the last, and added to", 42, [1, 3, 4, 4], [6, 8], [2, 2], true),
  dilateCase("by 3, more channels than a workgroup", 43, [1, 2, 2, 68], [4, 4], [3, 3], false),

  dilateCase("by 2 and 1, added to", 44, [1, 3, 3, 4], [5, 3], [2, 1], true),
  dilateCase("by 1 and 3", 45, [1, 2, 3, 4], [2, 8], [1, 3], false),

  linearCase("a batch, inputs of no whole workgroup", 51, { batch: 3, inputs: 20, columns: 44 }),
  linearCase("fewer columns than lanes", 52, { batch: 1, inputs: 4, columns: 8 }),
  linearCase("a later part of the matrix is added", 53, { batch: 2, inputs: 24, columns: 72, all: 120, first4: 7 }),
  linearCase("the positive part of the weights", 54, { batch: 2, inputs: 16, columns: 80, sign: 1 }),
  linearCase("the negative part of the weights", 55, { batch: 1, inputs: 16, columns: 80, sign: -1 }),
];
