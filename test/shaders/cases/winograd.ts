import { combineSlices, winogradInput, winogradOutput, winogradWeights } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

/** Lavin & Gray 2016, F(2x2, 3x3). */
const B = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const G = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];
const A = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];

type Matrix = readonly (readonly number[])[];

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

const tilesOf = ({ batch, height, width, pad = 1 }: Plane) => {
  const [y, x] = [height, width].map((size) => Math.ceil((size + 2 * pad - 2) / 2)) as [number, number];
  return { y, x, all: batch * y * x };
};

function inputCase(name: string, seed: number, plane: Plane): KernelCase {
  const { batch, height, width, channels, pad = 1 } = plane;
  const tiles = tilesOf(plane);
  const { first = 0, count = tiles.all } = plane;
  const image = new Random(seed).floats(batch * height * width * channels);
  const expected = new Float64Array(16 * count * channels);
  for (let t = 0; t < count; t++) {
    const tile = first + t;
    const [n, y, x] = [Math.floor(tile / (tiles.y * tiles.x)), Math.floor(tile / tiles.x) % tiles.y, tile % tiles.x];
    for (let c = 0; c < channels; c++) {
      const d = Array.from({ length: 4 }, (_, i) =>
        Array.from({ length: 4 }, (_, j) => {
          const [py, px] = [2 * y + i - pad, 2 * x + j - pad];
          return py < 0 || py >= height || px < 0 || px >= width ? 0 : (image[((n * height + py) * width + px) * channels + c] as number);
        }),
      );
      sandwich(B, d).forEach((row, i) => {
        row.forEach((value, j) => {
          expected[((4 * i + j) * count + t) * channels + c] = value;
        });
      });
    }
  }
  return kernelCase(winogradInput, name, {
    read: { image },
    written: { tiles: { expected } },
    uniforms: {
      ...{ count, first_tile: first, tiles_y: tiles.y, tiles_x: tiles.x, height, width, channels4: channels / 4 },
      ...{ pad_top: pad, pad_left: pad },
    },
    threads: [channels / 4, count],
    tolerance: roundings(4, 4),
  });
}

function weightsCase(name: string, seed: number, channels: number, columns: number): KernelCase {
  const weights = new Random(seed).floats(9 * channels * columns);
  const expected = new Float64Array(16 * channels * columns);
  for (let at = 0; at < channels * columns; at++) {
    const g = [0, 1, 2].map((ky) => [0, 1, 2].map((kx) => weights[(3 * ky + kx) * channels * columns + at] as number));
    sandwich(G, g).forEach((row, i) => {
      row.forEach((value, j) => {
        expected[(4 * i + j) * channels * columns + at] = value;
      });
    });
  }
  return kernelCase(winogradWeights, name, {
    read: { weights },
    written: { planes: { expected } },
    uniforms: { channels, columns4: columns / 4 },
    threads: [columns / 4, channels],
    tolerance: roundings(6, 3),
  });
}

function outputCase(name: string, seed: number, plane: Plane & { residual?: boolean; low?: number; high?: number }): KernelCase {
  const { batch, height, width, channels: columns, residual = false, low = -3.4e38, high = 3.4e38 } = plane;
  const tiles = { y: Math.ceil(height / 2), x: Math.ceil(width / 2) };
  const { first = 0, count = batch * tiles.y * tiles.x } = plane;
  const random = new Random(seed);
  const products = random.floats(16 * count * columns);
  const bias = random.floats(columns);
  const size = batch * height * width * columns;
  const skip = random.floats(residual ? size : 4);
  const initial = random.floats(size);
  const expected = Float64Array.from(initial);
  for (let t = 0; t < count; t++) {
    const tile = first + t;
    const [n, y, x] = [Math.floor(tile / (tiles.y * tiles.x)), Math.floor(tile / tiles.x) % tiles.y, tile % tiles.x];
    for (let c = 0; c < columns; c++) {
      const m = [0, 1, 2, 3].map((i) => [0, 1, 2, 3].map((j) => products[((4 * i + j) * count + t) * columns + c] as number));
      sandwich(A, m).forEach((row, i) => {
        row.forEach((value, j) => {
          if (2 * y + i >= height || 2 * x + j >= width) return;
          const at = ((n * height + 2 * y + i) * width + 2 * x + j) * columns + c;
          const sum = value + (bias[c] as number) + (residual ? (skip[at] as number) : 0);
          expected[at] = Math.min(Math.max(sum, low), high);
        });
      });
    }
  }
  return kernelCase(winogradOutput, name, {
    read: { products, bias, residual: skip },
    written: { out: { initial, expected } },
    uniforms: {
      ...{ count, first_tile: first, tiles_y: tiles.y, tiles_x: tiles.x, out_height: height, out_width: width, columns4: columns / 4 },
      ...{ has_residual: Number(residual), low, high },
    },
    threads: [columns / 4, count],
    tolerance: roundings(12, 9),
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
): KernelCase {
  const random = new Random(seed);
  const parts = random.floats(slices * rows * columns);
  const bias = random.floats(columns);
  const skip = random.floats(residual ? rows * columns : 4);
  const expected = Float64Array.from({ length: rows * columns }, (_, at) => {
    let sum = (bias[at % columns] as number) + (residual ? (skip[at] as number) : 0);
    for (let slice = 0; slice < slices; slice++) sum += parts[slice * rows * columns + at] as number;
    return Math.max(sum, low);
  });
  return kernelCase(combineSlices, name, {
    read: { slices: parts, bias, residual: skip },
    written: { out: { expected } },
    uniforms: { slices, rows, columns4: columns / 4, has_residual: Number(residual), low, high: 3.4e38 },
    threads: [columns / 4, rows],
    tolerance: roundings(slices + 2, slices + 2),
  });
}

export const winogradCases: KernelCase[] = [
  inputCase("an even image: tiles overlap and hang over the edge by the padding", 1, { batch: 1, height: 4, width: 6, channels: 8 }),
  inputCase("an odd image, a batch: the last tiles hang over", 2, { batch: 2, height: 5, width: 3, channels: 4 }),
  inputCase("some tiles, across two images, without padding", 3, {
    batch: 2,
    height: 6,
    width: 8,
    channels: 4,
    pad: 0,
    first: 3,
    count: 5,
  }),
  weightsCase("one pair of vec4s", 4, 4, 4),
  weightsCase("more channels than columns", 5, 12, 8),
  weightsCase("more columns than a workgroup", 6, 4, 36),
  outputCase("an even image", 7, { batch: 1, height: 4, width: 6, channels: 8 }),
  outputCase("an odd image, a batch, residual and ReLU6: nothing past the edge is stored", 8, {
    ...{ batch: 2, height: 5, width: 3, channels: 4 },
    ...{ residual: true, low: 0, high: 6 },
  }),
  outputCase("some tiles: the other outputs stay as they are", 9, { batch: 2, height: 6, width: 4, channels: 4, first: 2, count: 7 }),
  slicesCase("one slice", 10, 1, 3, 8, false),
  slicesCase("several slices, residual, ReLU", 11, 5, 7, 12, true, 0),
  slicesCase("more rows and columns than a workgroup", 12, 2, 9, 68, false),
];
