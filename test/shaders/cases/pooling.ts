import { adaptivePool, adaptivePoolTransposed, globalPool, pool } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { placed, type Strip, stripOf } from "./convolve.ts";

const MAXIMUM = 0;
const MEAN_INSIDE = 1;
const MEAN_WHOLE = 2;

interface Pooling {
  image: readonly [batch: number, height: number, width: number, channels: number];
  out: readonly [height: number, width: number];
  window: number | readonly [y: number, x: number];
  stride: number | readonly [y: number, x: number];
  /** On every side, or at the top, left, bottom and right. */
  pad?: number | readonly [number, number, number, number];
  mode: number;
  /** What is written is part of wider pixels. */
  into?: Strip;
  low?: number;
  high?: number;
}

const pair = (side: number | readonly [number, number]) => (typeof side === "number" ? ([side, side] as const) : side);

function poolCase(name: string, seed: number, { image: shape, out, pad = 0, mode, into, low, high, ...sides }: Pooling): KernelCase {
  const [batch, height, width, channels] = shape;
  const [outHeight, outWidth] = out;
  const [[window_y, window_x], [stride_y, stride_x]] = [pair(sides.window), pair(sides.stride)];
  const [pad_top, pad_left, pad_bottom, pad_right] = typeof pad === "number" ? [pad, pad, pad, pad] : pad;
  const image = new Random(seed).floats(batch * height * width * channels, low, high);
  const expected = new Float64Array(batch * outHeight * outWidth * channels);
  for (let at = 0; at < expected.length; at++) {
    const [channel, pixel] = [at % channels, Math.floor(at / channels)];
    const [ox, line] = [pixel % outWidth, Math.floor(pixel / outWidth)];
    const [oy, n] = [line % outHeight, Math.floor(line / outHeight)];
    const taps: number[] = [];
    let counted = 0;
    for (let y = oy * stride_y - pad_top; y < oy * stride_y - pad_top + window_y; y++) {
      for (let x = ox * stride_x - pad_left; x < ox * stride_x - pad_left + window_x; x++) {
        if (y < height + pad_bottom && x < width + pad_right) counted++;
        if (y >= 0 && y < height && x >= 0 && x < width) taps.push(image[((n * height + y) * width + x) * channels + channel] as number);
      }
    }
    const sum = taps.reduce((total, value) => total + value, 0);
    expected[at] = mode === MAXIMUM ? Math.max(...taps) : sum / (mode === MEAN_INSIDE ? taps.length : counted);
  }
  const lines = batch * outHeight;
  const { first4, of4 } = stripOf(channels, into);
  return kernelCase(pool, name, {
    read: { image },
    written: { out: { expected: placed(expected, channels, into) } },
    uniforms: {
      ...{ lines, height, width, channels4: channels / 4, out_height: outHeight, out_width: outWidth },
      ...{ out_channels4: of4, out_first4: first4 },
      ...{ window_y, window_x, stride_y, stride_x, pad_top, pad_left, pad_bottom, pad_right, mode },
    },
    threads: [channels / 4, outWidth, lines],
    // A maximum is exact; a mean sums the window and divides once.
    tolerance: mode === MAXIMUM ? { absolute: 0, relative: 0 } : sumTolerance(window_y * window_x + 1),
  });
}

type Extents = readonly [batch: number, height: number, width: number, channels: number];

function adaptivePoolCase(
  name: string,
  seed: number,
  [batch, height, width, channels]: Extents,
  out: readonly [number, number],
): KernelCase {
  const image = new Random(seed).floats(batch * height * width * channels);
  const expected = new Float64Array(batch * out[0] * out[1] * channels);
  for (let at = 0; at < expected.length; at++) {
    const [channel, pixel] = [at % channels, Math.floor(at / channels)];
    const [ox, line] = [pixel % out[1], Math.floor(pixel / out[1])];
    const [oy, n] = [line % out[0], Math.floor(line / out[0])];
    const taps: number[] = [];
    for (let y = Math.floor((oy * height) / out[0]); y < ((oy + 1) * height) / out[0]; y++)
      for (let x = Math.floor((ox * width) / out[1]); x < ((ox + 1) * width) / out[1]; x++)
        taps.push(image[((n * height + y) * width + x) * channels + channel] as number);
    expected[at] = taps.reduce((sum, tap) => sum + tap, 0) / taps.length;
  }
  const lines = batch * out[0];
  return kernelCase(adaptivePool, name, {
    read: { image },
    written: { out: { expected } },
    uniforms: { lines, height, width, channels4: channels / 4, out_height: out[0], out_width: out[1] },
    threads: [channels / 4, out[1], lines],
    tolerance: sumTolerance(Math.ceil(height / out[0] + 1) * Math.ceil(width / out[1] + 1)),
  });
}

function adaptiveTransposedCase(
  name: string,
  seed: number,
  [batch, height, width, channels]: Extents,
  out: readonly [number, number],
): KernelCase {
  const gradient = new Random(seed).floats(batch * out[0] * out[1] * channels);
  const expected = new Float64Array(batch * height * width * channels);
  const bin = (at: number, size: number, bins: number) => [Math.floor((at * size) / bins), Math.ceil(((at + 1) * size) / bins)] as const;
  for (const [at, g] of gradient.entries()) {
    const [c, pixel] = [at % channels, Math.floor(at / channels)];
    const [x, line] = [pixel % out[1], Math.floor(pixel / out[1])];
    const [y0, y1] = bin(line % out[0], height, out[0]);
    const [x0, x1] = bin(x, width, out[1]);
    for (let iy = y0; iy < y1; iy++)
      for (let ix = x0; ix < x1; ix++) {
        const to = ((Math.floor(line / out[0]) * height + iy) * width + ix) * channels + c;
        expected[to] = (expected[to] as number) + g / ((y1 - y0) * (x1 - x0));
      }
  }
  return kernelCase(adaptivePoolTransposed, name, {
    read: { gradient },
    written: { out: { expected } },
    uniforms: { lines: batch * height, height, width, channels4: channels / 4, out_height: out[0], out_width: out[1] },
    threads: [channels / 4, width, batch * height],
    tolerance: sumTolerance(16),
  });
}

function globalPoolCase(name: string, seed: number, batch: number, pixels: number, channels: number): KernelCase {
  const image = new Random(seed).floats(batch * pixels * channels);
  const expected = new Float64Array(batch * channels);
  for (let n = 0; n < batch; n++) {
    for (let i = 0; i < pixels * channels; i++) {
      const at = n * channels + (i % channels);
      expected[at] = (expected[at] as number) + (image[n * pixels * channels + i] as number) / pixels;
    }
  }
  return kernelCase(globalPool, name, {
    read: { image },
    written: { out: { expected } },
    uniforms: { pixels, channels4: channels / 4 },
    threads: [channels / 4, globalPool.constants.WORKGROUP_Y, batch],
    tolerance: sumTolerance(pixels + 1),
  });
}

/** Two images of odd sizes. */
const ODD = { image: [2, 5, 3, 8], out: [3, 2], window: 3, stride: 2, pad: 1 } as const;

export const poolingCases: KernelCase[] = [
  poolCase("mean of windows of 2 x 3, strides 2 and 3", 6, {
    image: [2, 4, 9, 8],
    out: [2, 3],
    window: [2, 3],
    stride: [2, 3],
    mode: MEAN_WHOLE,
  }),
  poolCase("maximum, windows of 3 x 2, strides 1 and 2", 7, {
    image: [1, 5, 6, 4],
    out: [3, 3],
    window: [3, 2],
    stride: [1, 2],
    mode: MAXIMUM,
  }),
  poolCase("maximum of negative values only: padding is no zero", 1, {
    image: [1, 5, 7, 4],
    out: [3, 4],
    window: 3,
    stride: 2,
    pad: 1,
    mode: MAXIMUM,
    low: -9,
    high: -1,
  }),
  poolCase("maximum over the one pixel that there is", 2, {
    image: [1, 1, 1, 4],
    out: [1, 1],
    window: 3,
    stride: 1,
    pad: 1,
    mode: MAXIMUM,
  }),
  poolCase("mean over the taps inside, a batch, odd sizes", 3, {
    ...ODD,
    mode: MEAN_INSIDE,
  }),
  poolCase("channels of wider pixels, a batch: the others stay as they are", 24, {
    ...ODD,
    mode: MEAN_INSIDE,
    into: { first: 4, of: 20 },
  }),
  poolCase("mean over the whole window, padding counted", 4, {
    ...ODD,
    mode: MEAN_WHOLE,
  }),
  poolCase("more channels and pixels of a line than one workgroup", 5, {
    image: [1, 3, 7, 68],
    out: [2, 6],
    window: 2,
    stride: 1,
    mode: MEAN_INSIDE,
  }),
  poolCase("mean: what the last windows have beyond the padding does not count", 21, {
    image: [2, 6, 7, 4],
    out: [4, 4],
    window: 3,
    stride: 2,
    pad: [1, 1, 1, 0],
    mode: MEAN_WHOLE,
  }),
  poolCase("mean of taps inside, four pads", 22, {
    image: [1, 4, 37, 8],
    out: [2, 19],
    window: 2,
    stride: 2,
    pad: [0, 1, 1, 0],
    mode: MEAN_INSIDE,
  }),
  poolCase("maximum, a last window beyond the image", 23, {
    image: [1, 4, 6, 4],
    out: [2, 3],
    window: 3,
    stride: 2,
    mode: MAXIMUM,
    low: -9,
    high: -1,
  }),

  adaptivePoolCase("bins that share pixels", 31, [2, 7, 5, 8], [3, 2]),
  adaptivePoolCase("more bins than pixels", 32, [1, 3, 4, 4], [7, 7]),
  adaptivePoolCase("bins of one size, more channels than one workgroup", 33, [1, 4, 37, 68], [2, 37]),
  adaptivePoolCase("one pixel", 34, [1, 1, 1, 4], [1, 1]),

  adaptiveTransposedCase("bins that share pixels", 34, [2, 7, 5, 8], [3, 2]),
  adaptiveTransposedCase("more bins than pixels", 35, [1, 3, 4, 4], [7, 7]),
  adaptiveTransposedCase("bins of one size, more channels than one workgroup", 36, [1, 4, 37, 68], [2, 37]),

  globalPoolCase("one pixel: the mean is that pixel", 11, 1, 1, 4),
  globalPoolCase("a batch of odd images", 12, 3, 7, 12),
  globalPoolCase("more channels than one workgroup", 13, 2, 3, 260),
  globalPoolCase("more pixels than lanes, the last round shorter", 15, 2, 37, 20),
  globalPoolCase("as many pixels as the teacher pools", 14, 1, 49, 4),
];
