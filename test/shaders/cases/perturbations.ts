import { labelRange, limeImages, occlude, occlusionMap, riseGrids, riseImages, riseSum } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, ROUNDING, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { referenceHash, toUniform } from "../../support/reference-random.ts";

const NO_WRAP = "the interpreter's u32 products do not wrap at 2^32, which the hash needs";
const EXACT = { absolute: 0, relative: 0 };

interface Windows {
  size: number;
  window: number;
  stride: number;
  /** By which windows are visited, and its inverse modulo their number. */
  tour: readonly [step: number, inverse: number];
}

/** Left and right, or upper and lower, ends of the windows of one axis. */
function windowsOf({ size, window, stride }: Windows): [start: number, end: number][] {
  const windows: [number, number][] = [];
  for (let start = 0; windows.at(-1)?.[1] !== size; start += stride) windows.push([start, Math.min(start + window, size)]);
  return windows;
}

/** Whether sample `sample` hides a pixel. */
function hides(grid: Windows, sample: number, x: number, y: number): boolean {
  const axis = windowsOf(grid);
  if (sample === 0) return false;
  const index = ((sample - 1) * grid.tour[0]) % axis.length ** 2;
  const [left, right] = axis[index % axis.length] as [number, number];
  const [top, bottom] = axis[Math.floor(index / axis.length)] as [number, number];
  return x >= left && x < right && y >= top && y < bottom;
}

function occludeCase(name: string, seed: number, grid: Windows, firstSample: number, samples: number): KernelCase {
  const { size, window, stride, tour } = grid;
  const across = windowsOf(grid).length;
  const photo = new Random(seed).floats(size * size * 4);
  const expected = new Float64Array(samples * photo.length);
  for (let at = 0; at < expected.length; at++) {
    const [sample, value] = [Math.floor(at / photo.length), at % photo.length];
    const pixel = value >> 2;
    expected[at] = hides(grid, firstSample + sample, pixel % size, Math.floor(pixel / size)) ? 0 : (photo[value] as number);
  }
  return kernelCase(occlude, name, {
    read: { photo },
    written: { out: { expected } },
    uniforms: { samples, first_sample: firstSample, window, stride, across, windows: across ** 2, step: tour[0] },
    constants: { SIZE: size },
    threads: [size, size, samples],
    tolerance: EXACT,
  });
}

function occlusionMapCase(name: string, seed: number, grid: Windows, drawn: number): KernelCase {
  const { size, window, stride, tour } = grid;
  const across = windowsOf(grid).length;
  const labels = new Random(seed).floats((1 + across ** 2) * 4, 0, 1);
  const expected = Float64Array.from({ length: size * size }, (_, pixel) => {
    const hidden = Array.from({ length: drawn }, (_, i) => i).filter((i) => hides(grid, i, pixel % size, Math.floor(pixel / size)));
    return hidden.reduce((sum, i) => sum + (labels[0] as number) - (labels[4 * i] as number), 0) / Math.max(1, hidden.length);
  });
  return kernelCase(occlusionMap, name, {
    read: { labels },
    written: { out: { expected } },
    uniforms: { drawn, window, stride, across, windows: across ** 2, inverse: tour[1] },
    constants: { SIZE: size },
    threads: [size * size],
    tolerance: sumTolerance(Math.ceil(window / stride) ** 2),
  });
}

interface Grid {
  cells: number;
  /** Cells row by row. */
  values: ArrayLike<number>;
  shift: readonly [x: number, y: number];
}

/** Random grids with fractional cells, so that a mix-up of neighbours shows, with these shifts. */
function looseGrids(random: Random, cells: number, shifts: readonly (readonly [number, number])[]): Grid[] {
  return shifts.map((shift) => ({ cells, values: random.floats(cells * cells, 0, 1), shift }));
}

const strideOf = (cells: number) => Math.ceil(cells ** 2 / 4) + 1;

function packGrids(grids: readonly Grid[]): Float32Array<ArrayBuffer> {
  const packed = grids.map(({ cells, values, shift }) => {
    const row = new Float32Array(4 * strideOf(cells));
    row.set(values);
    row.set(shift, row.length - 4);
    return [...row];
  });
  return Float32Array.from(packed.flat());
}

/** RISE's mask at a pixel: the grid stretched, mirrored beyond its edges without the outermost cell again. */
function maskOf({ cells, values, shift }: Grid, stretched: number, x: number, y: number): number {
  const inside = (index: number) => (index < 0 ? -index : index > cells - 1 ? 2 * (cells - 1) - index : index);
  const taps = (at: number): [index: number, weight: number][] => {
    const place = ((at + 0.5) * cells) / stretched - 0.5;
    const first = Math.floor(place);
    return [
      [inside(first), 1 - (place - first)],
      [inside(first + 1), place - first],
    ];
  };
  let sum = 0;
  for (const [row, down] of taps(y + shift[1])) {
    for (const [column, across] of taps(x + shift[0])) sum += down * across * (values[row * cells + column] as number);
  }
  return sum;
}

function riseGridsCase(name: string, seed: number, samples: number, firstSample: number, cells: number, keep: number): KernelCase {
  const size = Math.ceil(224 / cells);
  const grids = Array.from({ length: samples }, (_, i): Grid => {
    const bit = (c: number) => Number(toUniform(referenceHash(seed, 5, firstSample + i, c >> 2)[c & 3] as number) < Math.fround(keep));
    const [x, y] = referenceHash(seed, 6, firstSample + i, 0).map((bits) => Math.floor(toUniform(bits) * size)) as [number, number];
    return { cells, values: Array.from({ length: 4 * Math.ceil(cells ** 2 / 4) }, (_, c) => bit(c)), shift: [x, y] };
  });
  return kernelCase(riseGrids, name, {
    read: {},
    written: { grids: { expected: packGrids(grids) } },
    uniforms: { samples, first_sample: firstSample, seed, cells, stride4: strideOf(cells), shifts: size, keep },
    threads: [strideOf(cells), samples],
    tolerance: EXACT,
    gpuOnly: NO_WRAP,
  });
}

interface Masks {
  size: number;
  cells: number;
  stretched: number;
  shifts: [number, number][];
}

/** A place of up to `cells` is rounded by a few cells * 2^-24, which a difference of two cells, at most 1, multiplies; mixes follow. */
const maskTolerance = (cells: number, scale = 1) => roundings(12 * cells + 12, scale);

function riseImagesCase(name: string, seed: number, { size, cells, stretched, shifts }: Masks): KernelCase {
  const random = new Random(seed);
  const photo = random.floats(size * size * 4, -2, 2);
  const grids = looseGrids(random, cells, shifts);
  const expected = grids.flatMap((grid) =>
    Array.from(photo, (value, at) => value * maskOf(grid, stretched, (at >> 2) % size, Math.floor((at >> 2) / size))),
  );
  return kernelCase(riseImages, name, {
    read: { photo, grids: packGrids(grids) },
    written: { out: { expected } },
    uniforms: { samples: grids.length, cells, stride4: strideOf(cells), stretched },
    constants: { SIZE: size },
    threads: [size, size, grids.length],
    tolerance: maskTolerance(cells, 2),
  });
}

function riseSumCase(name: string, seed: number, { size, cells, stretched, shifts }: Masks, samples: number): KernelCase {
  const random = new Random(seed);
  const grids = looseGrids(random, cells, shifts);
  const labels = random.floats(grids.length * 4, 0, 1);
  const initial = random.floats(size * size, 0, 1);
  const expected = Float64Array.from(initial, (value, pixel) => {
    const masks = grids.slice(0, samples).map((grid) => maskOf(grid, stretched, pixel % size, Math.floor(pixel / size)));
    return masks.reduce((sum, mask, i) => sum + mask * (labels[4 * i] as number), value);
  });
  return kernelCase(riseSum, name, {
    read: { grids: packGrids(grids), labels },
    written: { sum: { initial, expected } },
    uniforms: { samples, cells, stride4: strideOf(cells), stretched },
    constants: { SIZE: size },
    threads: [size * size],
    tolerance: maskTolerance(cells, 1 + samples),
  });
}

function limeImagesCase(name: string, seed: number, size: number, count: number, firstSample: number, samples: number): KernelCase {
  const random = new Random(seed);
  const key = random.integer(0, 2 ** 32 - 1);
  const photo = random.floats(size * size * 4);
  const colours = random.floats(count * 4);
  const segments = Uint32Array.from({ length: size * size }, () => random.integer(0, count - 1));
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
    constants: { SIZE: size },
    threads: [size, size, samples],
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

const CUT: Windows = { size: 11, window: 4, stride: 3, tour: [7, 7] };
const TIGHT: Windows = { size: 9, window: 5, stride: 2, tour: [5, 2] };
const WHOLE: Windows = { size: 6, window: 6, stride: 3, tour: [1, 0] };

export const perturbationCases: KernelCase[] = [
  occludeCase("sample 0 is the photo; windows follow in steps", 1, TIGHT, 0, 6),
  occludeCase("the last window of a row is cut", 2, CUT, 7, 4),
  occludeCase("one window as large as the photo", 3, WHOLE, 1, 1),

  occlusionMapCase("windows that overlap are averaged", 11, TIGHT, 10),
  occlusionMapCase("some windows are still to come; where none has been, 0", 12, CUT, 6),
  occlusionMapCase("one window as large as the photo", 13, WHOLE, 2),
  occlusionMapCase("nothing drawn but the photo", 14, TIGHT, 1),

  riseGridsCase("RISE's own grid, the largest seed", 2 ** 32 - 1, 3, 0, 7, 0.5),
  riseGridsCase("later samples, uneven odds, more cells than one workgroup", 21, 2, 5001, 10, 0.1),
  riseGridsCase("shifts up to 111 pixels", 22, 5, 1 << 20, 2, 0.9),

  riseImagesCase("no shift: the first pixels mirror the grid's edge", 31, { size: 12, cells: 3, stretched: 16, shifts: [[0, 0]] }),
  riseImagesCase("the largest shifts: so do the last", 32, {
    ...{ size: 9, cells: 3, stretched: 12 },
    shifts: [
      [2, 0],
      [0, 2],
      [2, 2],
    ],
  }),
  riseImagesCase("two cells a side, more pixels than one workgroup", 33, { size: 20, cells: 2, stretched: 30, shifts: [[9, 4]] }),

  riseSumCase("one mask is added to the sum so far", 41, { size: 8, cells: 4, stretched: 10, shifts: [[1, 0]] }, 1),
  riseSumCase("many masks, the last of the batch not counted", 42, { size: 6, cells: 3, stretched: 8, shifts: Array(9).fill([1, 1]) }, 7),
  riseSumCase(
    "shifts differ in x and y",
    43,
    {
      ...{ size: 9, cells: 5, stretched: 12 },
      shifts: [
        [0, 1],
        [1, 0],
      ],
    },
    2,
  ),

  limeImagesCase("sample 0 keeps everything", 51, 6, 3, 0, 3),
  limeImagesCase("segments beyond one hash, later samples", 52, 9, 37, 1234, 4),
  limeImagesCase("more pixels than one workgroup", 53, 21, 130, 7, 2),

  labelRangeCase("the first batch", 91, 5, 0, [0, 0, 0, 0]),
  labelRangeCase("a later batch, within the range so far", 92, 4, 3, [0, 1, 2.5, 7]),
  labelRangeCase("a later batch, beyond it", 93, 6, 2, [0.5, 0.5, 0.5, 1]),
];
