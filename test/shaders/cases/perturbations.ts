import { labelRange, limeImages, occlude, occlusionMap } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, ROUNDING, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { referenceHash } from "../../support/reference-random.ts";

const NO_WRAP = "the interpreter's u32 products do not wrap at 2^32, which the hash needs";
const EXACT = { absolute: 0, relative: 0 };

type Pair = readonly [x: number, y: number];

/** Pairs are of pixels. */
interface Windows {
  size: Pair;
  window: Pair;
  stride: Pair;
  /** By which windows are visited, and its inverse modulo their number. */
  tour: readonly [step: number, inverse: number];
}

/** Left and right (axis 0), or upper and lower (axis 1), ends of the windows of one axis. */
function windowsOf(grid: Windows, axis: 0 | 1): [start: number, end: number][] {
  const [size, window, stride] = [grid.size[axis], grid.window[axis], grid.stride[axis]];
  const windows: [number, number][] = [];
  for (let start = 0; windows.at(-1)?.[1] !== size; start += stride) windows.push([start, Math.min(start + window, size)]);
  return windows;
}

/** What both kernels are told of the windows. */
function windowUniforms(grid: Windows) {
  const [across, down] = [windowsOf(grid, 0).length, windowsOf(grid, 1).length];
  const [[window_x, window_y], [stride_x, stride_y]] = [grid.window, grid.stride];
  return { window_x, window_y, stride_x, stride_y, across, windows: across * down };
}

/** Whether sample `sample` hides a pixel. */
function hides(grid: Windows, sample: number, x: number, y: number): boolean {
  const [columns, rows] = [windowsOf(grid, 0), windowsOf(grid, 1)];
  if (sample === 0) return false;
  const index = ((sample - 1) * grid.tour[0]) % (columns.length * rows.length);
  const [left, right] = columns[index % columns.length] as [number, number];
  const [top, bottom] = rows[Math.floor(index / columns.length)] as [number, number];
  return x >= left && x < right && y >= top && y < bottom;
}

function occludeCase(name: string, seed: number, grid: Windows, firstSample: number, samples: number): KernelCase {
  const [width, height] = grid.size;
  const photo = new Random(seed).floats(height * width * 4);
  const expected = new Float64Array(samples * photo.length);
  for (let at = 0; at < expected.length; at++) {
    const [sample, value] = [Math.floor(at / photo.length), at % photo.length];
    const pixel = value >> 2;
    expected[at] = hides(grid, firstSample + sample, pixel % width, Math.floor(pixel / width)) ? 0 : (photo[value] as number);
  }
  return kernelCase(occlude, name, {
    read: { photo },
    written: { out: { expected } },
    uniforms: { samples, first_sample: firstSample, ...windowUniforms(grid), step: grid.tour[0] },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height, samples],
    tolerance: EXACT,
  });
}

function occlusionMapCase(name: string, seed: number, grid: Windows, drawn: number): KernelCase {
  const [width, height] = grid.size;
  const uniforms = windowUniforms(grid);
  const labels = new Random(seed).floats((1 + uniforms.windows) * 4, 0, 1);
  const expected = Float64Array.from({ length: height * width }, (_, pixel) => {
    const hidden = Array.from({ length: drawn }, (_, i) => i).filter((i) => hides(grid, i, pixel % width, Math.floor(pixel / width)));
    return hidden.reduce((sum, i) => sum + (labels[0] as number) - (labels[4 * i] as number), 0) / Math.max(1, hidden.length);
  });
  return kernelCase(occlusionMap, name, {
    read: { labels },
    written: { out: { expected } },
    uniforms: { drawn, ...uniforms, inverse: grid.tour[1] },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [height * width],
    tolerance: sumTolerance(Math.ceil(grid.window[0] / grid.stride[0]) * Math.ceil(grid.window[1] / grid.stride[1])),
  });
}

function limeImagesCase(name: string, seed: number, size: Pair, count: number, firstSample: number, samples: number): KernelCase {
  const [width, height] = size;
  const random = new Random(seed);
  const key = random.integer(0, 2 ** 32 - 1);
  const photo = random.floats(height * width * 4);
  const colours = random.floats(count * 4);
  const segments = Uint32Array.from({ length: height * width }, () => random.integer(0, count - 1));
  const expected = new Float64Array(samples * photo.length);
  for (let sample = 0; sample < samples; sample++) {
    const kept = Array.from({ length: count }, (_, k) => {
      const bits = referenceHash(key, 7, firstSample + sample, k >> 2)[k & 3] as number;
      return firstSample + sample === 0 || bits >= 2 ** 31;
    });
    photo.forEach((value, at) => {
      const segment = segments[at >> 2] as number;
      expected[sample * photo.length + at] = kept[segment] ? value : (colours[4 * segment + (at & 3)] as number);
    });
  }
  return kernelCase(limeImages, name, {
    read: { photo, segments, colours },
    written: { out: { expected } },
    uniforms: { samples, first_sample: firstSample, seed: key },
    constants: { HEIGHT: height, WIDTH: width },
    threads: [width, height, samples],
    tolerance: EXACT,
    gpuOnly: NO_WRAP,
  });
}

function labelRangeCase(name: string, seed: number, rows: number, firstRow: number, before: readonly number[]): KernelCase {
  const labels = new Random(seed).floats((firstRow + rows) * 4, 0, 1);
  const [low, high, sum, count] = before as [number, number, number, number];
  const values = Array.from({ length: rows }, (_, i) => labels[4 * (firstRow + i)] as number);
  const seen = count > 0 ? [low, high] : [];
  const total = values.reduce((a, b) => a + b, sum);
  return kernelCase(labelRange, name, {
    read: { labels },
    written: {
      range: {
        initial: Float32Array.from(before),
        expected: [Math.min(...values, ...seen), Math.max(...values, ...seen), total, count + rows],
      },
    },
    uniforms: { rows, first_row: firstRow },
    threads: [1],
    tolerance: { absolute: 0, relative: rows * ROUNDING },
  });
}

const CUT: Windows = { size: [11, 11], window: [4, 4], stride: [3, 3], tour: [7, 7] };
const TIGHT: Windows = { size: [9, 9], window: [5, 5], stride: [2, 2], tour: [5, 2] };
/** 4 windows across and 3 down, the last of both axes cut, on more pixels than one workgroup. */
const UNEVEN: Windows = { size: [19, 7], window: [6, 4], stride: [5, 2], tour: [5, 5] };
/** 2 windows across and 6 down. */
const UPRIGHT: Windows = { size: [5, 18], window: [4, 3], stride: [1, 3], tour: [7, 7] };
const WHOLE: Windows = { size: [6, 5], window: [6, 5], stride: [3, 2], tour: [1, 0] };

export const perturbationCases: KernelCase[] = [
  occludeCase("sample 0 is the photo; windows follow in steps", 1, TIGHT, 0, 6),
  occludeCase("the last window of a row is cut", 2, CUT, 7, 4),
  occludeCase("one window as large as the photo", 3, WHOLE, 1, 1),
  occludeCase("windows of their own width and height, more of them across", 4, UNEVEN, 1, 12),
  occludeCase("more of them down", 5, UPRIGHT, 0, 13),

  occlusionMapCase("windows that overlap are averaged", 11, TIGHT, 10),
  occlusionMapCase("some windows are still to come; where none has been, 0", 12, CUT, 6),
  occlusionMapCase("one window as large as the photo", 13, WHOLE, 2),
  occlusionMapCase("nothing drawn but the photo", 14, TIGHT, 1),
  occlusionMapCase("windows of their own width and height, more of them across", 15, UNEVEN, 9),
  occlusionMapCase("more of them down, all drawn", 16, UPRIGHT, 13),

  limeImagesCase("sample 0 keeps everything", 51, [6, 6], 3, 0, 3),
  limeImagesCase("segments beyond one hash, later samples", 52, [9, 5], 37, 1234, 4),
  limeImagesCase("more pixels than one workgroup", 53, [21, 13], 130, 7, 2),

  labelRangeCase("the first batch", 91, 5, 0, [0, 0, 0, 0]),
  labelRangeCase("a later batch, within the range so far", 92, 4, 3, [0, 1, 2.5, 7]),
  labelRangeCase("a later batch, beyond it", 93, 6, 2, [0.5, 0.5, 0.5, 1]),
];
