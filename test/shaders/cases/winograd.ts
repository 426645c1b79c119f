import {
  combineSlices,
  winograd4Input,
  winograd4Output,
  winograd4Weights,
  winogradInput,
  winogradOutput,
  winogradWeights,
} from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings, type Tolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import { placed, type Strip } from "./convolve.ts";

type Matrix = readonly (readonly number[])[];

/** Lavin & Gray 2016: tiles of `side` x `side` outputs by the matrices B^T, G and A^T. */
interface Algorithm {
  side: number;
  b: Matrix;
  g: Matrix;
  a: Matrix;
  input: typeof winogradInput | typeof winograd4Input;
  weights: typeof winogradWeights | typeof winograd4Weights;
  output: typeof winogradOutput | typeof winograd4Output;
  /** Roundings of each kernel, and of which size. */
  tolerances: { input: Tolerance; weights: Tolerance; output: Tolerance };
}

const F2: Algorithm = {
  side: 2,
  b: [
    [1, 0, -1, 0],
    [0, 1, 1, 0],
    [0, -1, 1, 0],
    [0, 1, 0, -1],
  ],
  g: [
    [1, 0, 0],
    [0.5, 0.5, 0.5],
    [0.5, -0.5, 0.5],
    [0, 0, 1],
  ],
  a: [
    [1, 1, 1, 0],
    [0, 1, -1, -1],
  ],
  ...{ input: winogradInput, weights: winogradWeights, output: winogradOutput },
  tolerances: { input: roundings(4, 4), weights: roundings(6, 3), output: roundings(12, 9) },
};

const R = Math.SQRT1_2;
const F4: Algorithm = {
  side: 4,
  b: [
    [1, 0, -2.5, 0, 1, 0],
    [0, -2 * R, -2, R, 1, 0],
    [0, 2 * R, -2, -R, 1, 0],
    [0, -R, -0.5, 2 * R, 1, 0],
    [0, R, -0.5, -2 * R, 1, 0],
    [0, 1, 0, -2.5, 0, 1],
  ],
  g: [
    [1, 0, 0],
    [-2 / 3, (-2 / 3) * R, -1 / 3],
    [-2 / 3, (2 / 3) * R, -1 / 3],
    [1 / 6, R / 3, 1 / 3],
    [1 / 6, -R / 3, 1 / 3],
    [0, 0, 1],
  ],
  a: [
    [1, 1, 1, 1, 1, 0],
    [0, R, -R, 2 * R, -2 * R, 0],
    [0, 0.5, 0.5, 2, 2, 0],
    [0, R / 2, -R / 2, 4 * R, -4 * R, 1],
  ],
  ...{ input: winograd4Input, weights: winograd4Weights, output: winograd4Output },
  tolerances: { input: roundings(8, 20), weights: roundings(8, 2), output: roundings(16, 54) },
};

/** m x m^T for the matrix m given. */
function sandwich(m: Matrix, x: Matrix): number[][] {
  const half = m.map((row) =>
    (x[0] as readonly number[]).map((_, j) => row.reduce((sum, value, k) => sum + value * ((x[k] as number[])[j] as number), 0)),
  );
  return half.map((row) => m.map((other) => row.reduce((sum, value, k) => sum + value * (other[k] as number), 0)));
}

interface Plane {
  batch: number;
  height: number;
  width: number;
  channels: number;
  pad?: number;
  /** Tiles of this call. */
  first?: number;
  count?: number;
}

const tilesOf = (side: number, { batch, height, width, pad = 1 }: Plane) => {
  const [y, x] = [height, width].map((size) => Math.ceil((size + 2 * pad - 2) / side)) as [number, number];
  return { y, x, all: batch * y * x };
};

const range = (count: number) => Array.from({ length: count }, (_, i) => i);

function inputCase({ side, b, input, tolerances }: Algorithm, name: string, seed: number, plane: Plane): KernelCase {
  const { batch, height, width, channels, pad = 1 } = plane;
  const tiles = tilesOf(side, plane);
  const lines = range(side + 2);
  const { first = 0, count = tiles.all } = plane;
  const image = new Random(seed).floats(batch * height * width * channels);
  const expected = new Float64Array(b.length ** 2 * count * channels);
  for (let t = 0; t < count; t++) {
    const tile = first + t;
    const [n, y, x] = [Math.floor(tile / (tiles.y * tiles.x)), Math.floor(tile / tiles.x) % tiles.y, tile % tiles.x];
    for (let c = 0; c < channels; c++) {
      const d = lines.map((i) =>
        lines.map((j) => {
          const [py, px] = [side * y + i - pad, side * x + j - pad];
          return py < 0 || py >= height || px < 0 || px >= width ? 0 : (image[((n * height + py) * width + px) * channels + c] as number);
        }),
      );
      sandwich(b, d).forEach((row, i) => {
        row.forEach((value, j) => {
          expected[((b.length * i + j) * count + t) * channels + c] = value;
        });
      });
    }
  }
  return kernelCase(input, name, {
    read: { image },
    written: { tiles: { expected } },
    uniforms: {
      ...{ count, first_tile: first, tiles_y: tiles.y, tiles_x: tiles.x, height, width, channels4: channels / 4 },
      ...{ pad_top: pad, pad_left: pad },
    },
    threads: [channels / 4, count],
    tolerance: tolerances.input,
  });
}

function weightsCase(
  { g: transform, weights: kernel, tolerances }: Algorithm,
  name: string,
  seed: number,
  channels: number,
  columns: number,
): KernelCase {
  const weights = new Random(seed).floats(9 * channels * columns);
  const expected = new Float64Array(transform.length ** 2 * channels * columns);
  for (let at = 0; at < channels * columns; at++) {
    const g = [0, 1, 2].map((ky) => [0, 1, 2].map((kx) => weights[(3 * ky + kx) * channels * columns + at] as number));
    sandwich(transform, g).forEach((row, i) => {
      row.forEach((value, j) => {
        expected[(transform.length * i + j) * channels * columns + at] = value;
      });
    });
  }
  return kernelCase(kernel, name, {
    read: { weights },
    written: { planes: { expected } },
    uniforms: { channels, columns4: columns / 4 },
    threads: [columns / 4, channels],
    tolerance: tolerances.weights,
  });
}

function outputCase(
  { side, a, output, tolerances }: Algorithm,
  name: string,
  seed: number,
  plane: Plane & { residual?: boolean; low?: number; high?: number; into?: Strip },
): KernelCase {
  const { batch, height, width, channels: columns, residual = false, low = -3.4e38, high = 3.4e38 } = plane;
  const tiles = { y: Math.ceil(height / side), x: Math.ceil(width / side) };
  const lines = range(side + 2);
  const { first = 0, count = batch * tiles.y * tiles.x } = plane;
  const random = new Random(seed);
  const products = random.floats(lines.length ** 2 * count * columns);
  const bias = random.floats(columns);
  const { into = { first: 0, of: columns } } = plane;
  const size = batch * height * width * into.of;
  const skip = random.floats(residual ? size : 4);
  const initial = random.floats(size);
  const expected = Float64Array.from(initial);
  for (let t = 0; t < count; t++) {
    const tile = first + t;
    const [n, y, x] = [Math.floor(tile / (tiles.y * tiles.x)), Math.floor(tile / tiles.x) % tiles.y, tile % tiles.x];
    for (let c = 0; c < columns; c++) {
      const m = lines.map((i) => lines.map((j) => products[((lines.length * i + j) * count + t) * columns + c] as number));
      sandwich(a, m).forEach((row, i) => {
        row.forEach((value, j) => {
          if (side * y + i >= height || side * x + j >= width) return;
          const at = ((n * height + side * y + i) * width + side * x + j) * into.of + into.first + c;
          const sum = value + (bias[c] as number) + (residual ? (skip[at] as number) : 0);
          expected[at] = Math.min(Math.max(sum, low), high);
        });
      });
    }
  }
  return kernelCase(output, name, {
    read: { products, bias, residual: skip },
    written: { out: { initial, expected } },
    uniforms: {
      ...{ count, first_tile: first, tiles_y: tiles.y, tiles_x: tiles.x, out_height: height, out_width: width, columns4: columns / 4 },
      ...{ out_columns4: into.of / 4, out_first4: into.first / 4 },
      ...{ has_residual: Number(residual), low, high },
    },
    threads: [columns / 4, count],
    tolerance: tolerances.output,
  });
}

function slicesCase(
  name: string,
  seed: number,
  slices: number,
  rows: number,
  columns: number,
  residual: boolean,
  low = -3.4e38,
  into: Strip = { first: 0, of: columns },
): KernelCase {
  const random = new Random(seed);
  const parts = random.floats(slices * rows * columns);
  const bias = random.floats(columns);
  const skip = random.floats(residual ? rows * columns : 4);
  const sums = Float64Array.from({ length: rows * columns }, (_, at) => {
    let sum = (bias[at % columns] as number) + (residual ? (skip[at] as number) : 0);
    for (let slice = 0; slice < slices; slice++) sum += parts[slice * rows * columns + at] as number;
    return Math.max(sum, low);
  });
  return kernelCase(combineSlices, name, {
    read: { slices: parts, bias, residual: skip },
    written: { out: { expected: placed(sums, columns, into) } },
    uniforms: {
      ...{ slices, rows, columns4: columns / 4, out_columns4: into.of / 4, out_first4: into.first / 4 },
      ...{ has_residual: Number(residual), low, high: 3.4e38 },
    },
    threads: [columns / 4, rows],
    tolerance: roundings(slices + 2, slices + 2),
  });
}

export const winogradCases: KernelCase[] = [
  inputCase(F2, "an even image: tiles overlap and hang over the edge by the padding", 1, { batch: 1, height: 4, width: 6, channels: 8 }),
  inputCase(F2, "an odd image, a batch: the last tiles hang over", 2, { batch: 2, height: 5, width: 3, channels: 4 }),
  inputCase(F2, "some tiles, across two images, without padding", 3, {
    batch: 2,
    height: 6,
    width: 8,
    channels: 4,
    pad: 0,
    first: 3,
    count: 5,
  }),
  weightsCase(F2, "one pair of vec4s", 4, 4, 4),
  weightsCase(F2, "more channels than columns", 5, 12, 8),
  weightsCase(F2, "more columns than a workgroup", 6, 4, 36),
  outputCase(F2, "an even image", 7, { batch: 1, height: 4, width: 6, channels: 8 }),
  outputCase(F2, "an odd image, a batch, residual and ReLU6: nothing past the edge is stored", 8, {
    ...{ batch: 2, height: 5, width: 3, channels: 4 },
    ...{ residual: true, low: 0, high: 6 },
  }),
  outputCase(F2, "some tiles: the other outputs stay as they are", 9, { batch: 2, height: 6, width: 4, channels: 4, first: 2, count: 7 }),
  outputCase(F2, "columns of wider pixels, a batch: the others stay as they are", 22, {
    ...{ batch: 2, height: 5, width: 3, channels: 8, low: 0, into: { first: 12, of: 28 } },
  }),
  inputCase(F4, "an image of whole tiles: they overlap and hang over the edge by the padding", 13, {
    ...{ batch: 1, height: 8, width: 12, channels: 8 },
  }),
  inputCase(F4, "5x7, a batch: the last tiles hang over", 14, { batch: 3, height: 5, width: 7, channels: 4 }),
  inputCase(F4, "some tiles, across two images, without padding", 15, {
    ...{ batch: 2, height: 13, width: 9, channels: 4, pad: 0, first: 3, count: 5 },
  }),
  weightsCase(F4, "one pair of vec4s", 16, 4, 4),
  weightsCase(F4, "more channels than columns", 17, 12, 8),
  weightsCase(F4, "more columns than a workgroup", 18, 4, 36),
  outputCase(F4, "an image of whole tiles", 19, { batch: 1, height: 8, width: 12, channels: 8 }),
  outputCase(F4, "5x7, a batch, residual and ReLU6: nothing past the edge is stored", 20, {
    ...{ batch: 3, height: 5, width: 7, channels: 4 },
    ...{ residual: true, low: 0, high: 6 },
  }),
  outputCase(F4, "some tiles: the other outputs stay as they are", 21, {
    batch: 2,
    height: 13,
    width: 9,
    channels: 4,
    first: 4,
    count: 15,
  }),
  outputCase(F4, "columns of wider pixels, a batch: the others stay as they are", 23, {
    ...{ batch: 2, height: 5, width: 7, channels: 8, low: 0, into: { first: 12, of: 28 } },
  }),
  slicesCase("one slice", 10, 1, 3, 8, false),
  slicesCase("several slices, residual, ReLU", 11, 5, 7, 12, true, 0),
  slicesCase("columns of wider rows: the others stay as they are", 24, 3, 5, 12, false, 0, { first: 8, of: 28 }),
  slicesCase("more rows and columns than a workgroup", 12, 2, 9, 68, false),
];
