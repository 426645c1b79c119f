import { resizeTaps } from "../../../src/classify/photo.ts";
import type { Filter } from "../../../src/nets/input-spec.ts";
import { blur, resize, resizePhoto, unpackPhoto, upsample } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, roundings, sumTolerance, UNSIGNED_POISON } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

/** Linear interpolation's weights, and cubic's with a = -1/2; 0 from `support` on. */
const FILTERS: Record<Filter, { support: number; weight: (x: number) => number }> = {
  bilinear: { support: 1, weight: (x) => 1 - x },
  bicubic: { support: 2, weight: (x) => (x < 1 ? 1.5 * x ** 3 - 2.5 * x ** 2 + 1 : -0.5 * x ** 3 + 2.5 * x ** 2 - 4 * x + 2) },
};

/** Pillow's filters: the taps of output `index` and their weights, which add up to 1. */
function filterTaps(size: number, outSize: number, index: number, filter: Filter = "bilinear"): { first: number; weights: number[] } {
  const { support: radius, weight: weigh } = FILTERS[filter];
  const scale = size / outSize;
  const stretch = Math.max(scale, 1);
  const support = radius * stretch;
  const center = (index + 0.5) * scale;
  const first = Math.max(0, Math.trunc(center - support + 0.5));
  const end = Math.min(size, Math.trunc(center + support + 0.5));
  const weights = Array.from({ length: end - first }, (_, i) => {
    const distance = Math.abs((first + i + 0.5 - center) / stretch);
    return distance < radius ? weigh(distance) : 0;
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return { first, weights: weights.map((weight) => weight / total) };
}

interface Axis {
  lines: number;
  firstLine?: number;
  size: number;
  inner: number;
  outSize: number;
}

function resizeCase(name: string, seed: number, axis: Axis): KernelCase {
  const { lines, firstLine = 0, size, inner, outSize } = axis;
  const image = new Random(seed).floats((firstLine + lines) * size * inner * 4, 0, 1);
  const pixel = inner * 4;
  const expected = new Float64Array((firstLine + lines) * outSize * pixel).fill(POISON);
  for (let at = firstLine * outSize * pixel; at < expected.length; at++) {
    const [value, row] = [at % pixel, Math.floor(at / pixel)];
    const [out, line] = [row % outSize, Math.floor(row / outSize)];
    const { first, weights } = filterTaps(size, outSize, out);
    expected[at] = weights.reduce((total, weight, i) => total + weight * (image[(line * size + first + i) * pixel + value] as number), 0);
  }
  return kernelCase(resize, name, {
    read: { image },
    written: { out: { expected } },
    uniforms: { first_line: firstLine, lines, size, inner, out_size: outSize },
    threads: [inner, outSize, lines],
    // A position of size s is rounded by s * 2^-24, and moves a weight by as much; two sums of the taps follow.
    tolerance: sumTolerance(2 * Math.ceil((2 * size) / outSize + 2) + size),
  });
}

interface Strip {
  lines: number;
  firstLine?: number;
  size: number;
  inner?: number;
  outSize: number;
  outStart?: number;
  outCount?: number;
  filter?: Filter;
  grey?: boolean;
}

/** Exact: the sum of bytes times weights rounded to 2^-22 is a whole number, and so is what is left of it after the shift. */
function resizePhotoCase(name: string, seed: number, strip: Strip): KernelCase {
  const { lines, firstLine = 0, size, inner = 1, outSize, outStart = 0, outCount = outSize, filter = "bilinear", grey = false } = strip;
  const random = new Random(seed);
  const bytes = Uint32Array.from({ length: lines * size * inner }, () => random.integer(0, 2 ** 32 - 1));
  const expected = new Uint32Array((firstLine + lines) * outCount * inner).fill(UNSIGNED_POISON);
  for (let at = 0; at < lines * outCount * inner; at++) {
    const [column, row] = [at % inner, Math.floor(at / inner)];
    const [out, line] = [row % outCount, Math.floor(row / outCount)];
    const { first, weights } = filterTaps(size, outSize, out + outStart, filter);
    let packed = 0;
    for (const shift of [0, 8, 16, 24]) {
      const byte = (i: number) => {
        const pixel = bytes[(line * size + first + i) * inner + column] as number;
        const [red, green, blue] = [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255];
        return grey && shift < 24 ? (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16 : (pixel >>> shift) & 255;
      };
      const whole = (weight: number) => Math.sign(weight) * Math.floor(Math.abs(weight) * 2 ** 22 + 0.5);
      const sum = weights.reduce((total, weight, i) => total + whole(weight) * byte(i), 2 ** 21);
      packed += Math.min(Math.max(Math.floor(sum / 2 ** 22), 0), 255) * 2 ** shift;
    }
    expected[firstLine * outCount * inner + at] = packed;
  }
  const { taps, reach } = resizeTaps(size, outSize, outStart, outCount, filter);
  return kernelCase(resizePhoto, name, {
    read: { bytes, taps: taps as Uint32Array<ArrayBuffer> },
    written: { out: { expected } },
    uniforms: { lines, first_line: firstLine, size, inner, out_count: outCount, reach },
    ...(grey ? { constants: { GREY: 1 } } : {}),
    threads: [inner, outCount, lines],
    tolerance: { absolute: 0, relative: 0 },
  });
}

function unpackCase(name: string, seed: number, pixels: number, line = pixels): KernelCase {
  const random = new Random(seed);
  const bytes = Uint32Array.from({ length: pixels }, () => random.integer(0, 2 ** 32 - 1));
  const expected = new Float64Array(new Uint8Array(bytes.buffer)).map((byte) => byte / 255);
  return kernelCase(unpackPhoto, name, {
    read: { bytes },
    written: { out: { expected } },
    uniforms: { pixels, line },
    threads: [line, Math.ceil(pixels / line)],
    tolerance: roundings(2),
  });
}

function blurCase(name: string, seed: number, lines: number, size: number, inner: number, sigma: number): KernelCase {
  const image = new Random(seed).floats(lines * size * inner * 4);
  const pixel = inner * 4;
  const reach = Math.ceil(3 * sigma);
  const taps = Array.from({ length: 2 * reach + 1 }, (_, i) => ({ shift: i - reach, weight: Math.exp(-0.5 * ((i - reach) / sigma) ** 2) }));
  const total = taps.reduce((sum, { weight }) => sum + weight, 0);
  const expected = new Float64Array(image.length);
  for (let at = 0; at < expected.length; at++) {
    const [value, row] = [at % pixel, Math.floor(at / pixel)];
    const [position, line] = [row % size, Math.floor(row / size)];
    for (const { shift, weight } of taps) {
      const from = Math.min(Math.max(position + shift, 0), size - 1);
      expected[at] = (expected[at] as number) + (weight / total) * (image[(line * size + from) * pixel + value] as number);
    }
  }
  return kernelCase(blur, name, {
    read: { image },
    written: { out: { expected } },
    uniforms: { lines, size, inner, sigma },
    threads: [inner, size, lines],
    // WGSL allows exp 3 + 2 |x| units of 2^-23 of error, here |x| <= 4.5; two sums of the taps follow.
    tolerance: sumTolerance(2 * taps.length + 24),
  });
}

interface Interpolation {
  image: readonly [batch: number, height: number, width: number, channels: number];
  out: readonly [height: number, width: number];
}

function upsampleCase(name: string, seed: number, { image: shape, out }: Interpolation): KernelCase {
  const [batch, height, width, channels] = shape;
  const [outHeight, outWidth] = out;
  const image = new Random(seed).floats(batch * height * width * channels);
  const source = (at: number, size: number, outSize: number) => Math.min(Math.max(((at + 0.5) * size) / outSize - 0.5, 0), size - 1);
  const expected = new Float64Array(batch * outHeight * outWidth * channels);
  for (let at = 0; at < expected.length; at++) {
    const [channel, pixel] = [at % channels, Math.floor(at / channels)];
    const [ox, line] = [pixel % outWidth, Math.floor(pixel / outWidth)];
    const [oy, n] = [line % outHeight, Math.floor(line / outHeight)];
    const [y, x] = [source(oy, height, outHeight), source(ox, width, outWidth)];
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const weight = Math.max(0, 1 - Math.abs(y - row)) * Math.max(0, 1 - Math.abs(x - column));
        expected[at] = (expected[at] as number) + weight * (image[((n * height + row) * width + column) * channels + channel] as number);
      }
    }
  }
  const lines = batch * outHeight;
  return kernelCase(upsample, name, {
    read: { image },
    written: { out: { expected } },
    uniforms: { lines, height, width, channels4: channels / 4, out_height: outHeight, out_width: outWidth },
    threads: [channels / 4, outWidth, lines],
    // A position of size s is rounded by a few s * 2^-24, which a difference of two pixels, at most 2, multiplies; three mixes follow.
    tolerance: roundings(8 * Math.max(height, width) + 12),
  });
}

export const imageCases: KernelCase[] = [
  resizeCase("one pixel to many: all taps but one lie outside", 1, { lines: 1, size: 1, inner: 1, outSize: 5 }),
  resizeCase("shrinking by a factor that is not whole, a row a pixel", 2, { lines: 1, size: 13, inner: 9, outSize: 4 }),
  resizeCase("growing, several lines", 3, { lines: 3, size: 5, inner: 1, outSize: 13 }),
  resizeCase("more outputs than one workgroup, rows of two pixels", 4, { lines: 2, size: 29, inner: 2, outSize: 17 }),
  resizeCase("the same size: nothing changes", 5, { lines: 1, size: 9, inner: 1, outSize: 9 }),
  resizeCase("lines behind others, which stay untouched", 6, { lines: 2, firstLine: 3, size: 11, inner: 1, outSize: 7 }),

  resizePhotoCase("one pixel to one", 11, { lines: 1, size: 1, outSize: 1 }),
  resizePhotoCase("a strip behind others: their lines stay untouched", 12, { lines: 5, firstLine: 2, size: 11, outSize: 7 }),
  resizePhotoCase("the middle of a larger result", 13, { lines: 2, size: 37, outSize: 23, outStart: 3, outCount: 17 }),
  resizePhotoCase("growing past one workgroup", 14, { lines: 1, size: 7, outSize: 19 }),
  resizePhotoCase("the vertical pass, a scale of 9/8 that makes ties", 15, { lines: 1, size: 18, inner: 9, outSize: 16 }),
  resizePhotoCase("bicubic, growing: overshoots are cut off", 21, { lines: 2, size: 9, outSize: 23, filter: "bicubic" }),
  resizePhotoCase("bicubic, shrinking, the vertical pass", 22, { lines: 1, size: 31, inner: 5, outSize: 8, filter: "bicubic" }),
  resizePhotoCase("grey: the luma thrice, and the opacity as it was", 23, { lines: 2, size: 13, outSize: 6, grey: true }),

  unpackCase("one pixel", 16, 1),
  unpackCase("a whole workgroup", 17, 64),
  unpackCase("one more than two workgroups", 18, 129),
  unpackCase("several rows of the grid, the last one short", 19, 200, 70),

  blurCase("one pixel: every tap is clamped to it", 21, 1, 1, 1, 0.5),
  blurCase("reach beyond both edges of a short line", 22, 3, 5, 1, 2.3),
  blurCase("columns of a row, more than one workgroup both ways", 23, 1, 11, 9, 0.4),

  upsampleCase("one pixel: constant", 31, { image: [1, 1, 1, 4], out: [3, 2] }),
  upsampleCase("factors that are not whole, a batch, half-pixel centres", 32, { image: [2, 3, 2, 8], out: [7, 5] }),
  upsampleCase("more channels and columns than one workgroup", 33, { image: [1, 2, 5, 36], out: [4, 10] }),
  upsampleCase("the same size: nothing changes", 34, { image: [1, 3, 3, 4], out: [3, 3] }),
];
