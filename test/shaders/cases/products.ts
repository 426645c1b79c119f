import { add, combine, gram, matmul, moments, score } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, POISON, poisoned, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";
import type { Strip } from "./convolve.ts";

const NO_BOUND = 3.4e38;

interface Product {
  rows: number;
  inner: number;
  columns: number;
  bias?: boolean;
  residual?: boolean;
  low?: number;
  high?: number;
  constants?: { WORKGROUP_X?: number; WORKGROUP_Y?: number };
  /** All columns of the result, where this product is some of them, and the first of these; multiples of 4. */
  all?: number;
  first?: number;
  /** Where the product's columns lie in wider rows, if not among all. */
  into?: Strip;
}

function matmulCase(name: string, seed: number, shape: Product): KernelCase {
  const { rows, inner, columns, bias = false, residual = false, low = -NO_BOUND, high = NO_BOUND, constants } = shape;
  const { all = columns, first = 0 } = shape;
  const { into = { first, of: all } } = shape;
  const random = new Random(seed);
  const a = random.floats(rows * inner);
  const b = random.floats(inner * columns);
  const offsets = random.floats(bias ? all : 4);
  const skip = random.floats(residual ? rows * into.of : 4);
  const expected = new Float64Array(rows * into.of).fill(POISON);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const at = row * into.of + into.first + column;
      let sum = (bias ? (offsets[first + column] as number) : 0) + (residual ? (skip[at] as number) : 0);
      for (let k = 0; k < inner; k++) sum += (a[row * inner + k] as number) * (b[k * columns + column] as number);
      expected[at] = Math.min(Math.max(sum, low), high);
    }
  }
  return kernelCase(matmul, name, {
    read: { a, b, bias: offsets, residual: skip },
    written: { out: { expected } },
    uniforms: {
      ...{ rows, inner4: inner / 4, columns4: columns / 4, first4: first / 4, out_columns4: into.of / 4, out_first4: into.first / 4 },
      ...{ has_bias: Number(bias), has_residual: Number(residual), low, high },
    },
    constants,
    threads: [Math.ceil(columns / 8), Math.ceil(rows / 8)],
    // inner products and two additions.
    tolerance: sumTolerance(inner + 2),
  });
}

function gramCase(name: string, seed: number, rows: number, inner: number): KernelCase {
  const x = new Random(seed).floats(rows * inner);
  const stride = Math.ceil(rows / 4) * 4;
  const expected = new Float64Array(rows * stride);
  for (let i = 0; i < rows; i++) {
    // Columns past the last row repeat it: they are padding that later kernels skip.
    for (let j = 0; j < stride; j++) {
      const other = Math.min(j, rows - 1);
      let sum = 0;
      for (let k = 0; k < inner; k++) sum += (x[i * inner + k] as number) * (x[other * inner + k] as number);
      expected[i * stride + j] = sum;
    }
  }
  return kernelCase(gram, name, {
    read: { x },
    written: { gram: { expected } },
    uniforms: { rows, inner4: inner / 4, stride4: stride / 4 },
    threads: [stride / 4, stride / 4],
    tolerance: sumTolerance(inner),
  });
}

function momentsCase(
  name: string,
  seed: number,
  rows: number,
  columns: number,
  first_row: number,
  constants?: { WORKGROUP_X: number; WORKGROUP_Y: number },
) {
  const random = new Random(seed);
  const x = random.floats(rows * columns);
  const initial = random.floats(2 * columns * columns, -3, 3);
  const expected = Float64Array.from(initial);
  for (let i = 0; i < columns; i++) {
    for (let j = 0; j < columns; j++) {
      if (j >> 2 > i >> 2) continue;
      for (let row = 0; row < rows; row++) {
        const half = Math.floor((first_row + row) / 128) % 2;
        const at = half * columns * columns + i * columns + j;
        expected[at] = (expected[at] as number) + (x[row * columns + i] as number) * (x[row * columns + j] as number);
      }
    }
  }
  return kernelCase(moments, name, {
    read: { x },
    written: { moments: { initial, expected } },
    uniforms: { rows, columns4: columns / 4, first_row },
    constants,
    threads: [columns / 4, columns / 4],
    tolerance: sumTolerance(rows + 1, 3),
  });
}

function combineCase(name: string, seed: number, rows: number, columns: number, stride: number): KernelCase {
  const random = new Random(seed);
  const x = random.floats(rows * columns);
  const coefficients = random.floats(rows * stride);
  const expected = new Float64Array(columns);
  for (let column = 0; column < columns; column++) {
    for (let row = 0; row < rows; row++) {
      expected[column] = (expected[column] as number) + (coefficients[row * stride] as number) * (x[row * columns + column] as number);
    }
  }
  return kernelCase(combine, name, {
    read: { x, coefficients },
    written: { w: { expected } },
    uniforms: { rows, columns4: columns / 4, stride },
    threads: [columns / 4],
    tolerance: sumTolerance(rows),
  });
}

function scoreCase(name: string, seed: number, rows: number, columns: number, firstRow: number, constants?: { WORKGROUP_X: number }) {
  const random = new Random(seed);
  const x = random.floats(rows * columns);
  const w = random.floats(columns);
  const expected = Float64Array.from(poisoned(firstRow + rows));
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++) sum += (x[row * columns + column] as number) * (w[column] as number);
    expected[firstRow + row] = sum;
  }
  return kernelCase(score, name, {
    read: { x, w },
    written: { scores: { expected } },
    uniforms: { rows, columns4: columns / 4, first_row: firstRow },
    constants,
    threads: [constants?.WORKGROUP_X ?? score.constants.WORKGROUP_X, rows],
    tolerance: sumTolerance(columns),
  });
}

function addCase(name: string, seed: number, vectors: number, line: number, low: number, high: number): KernelCase {
  const random = new Random(seed);
  const a = random.floats(vectors * 4, -5, 5);
  const b = random.floats(vectors * 4, -5, 5);
  const expected = Float64Array.from(a, (value, i) => Math.min(Math.max(value + (b[i] as number), low), high));
  return kernelCase(add, name, {
    read: { a, b },
    written: { out: { expected } },
    uniforms: { vectors, line, low, high },
    threads: [line, Math.ceil(vectors / line)],
    tolerance: roundings(1, 10),
  });
}

export const productCases: KernelCase[] = [
  matmulCase("one row by one vec4 column: all edge threads clamp to it", 1, { rows: 1, inner: 4, columns: 4 }),
  matmulCase("odd vec4 columns and rows past a tile, bias, residual and ReLU6 in the store", 2, {
    rows: 9,
    inner: 20,
    columns: 12,
    bias: true,
    residual: true,
    low: 0,
    high: 6,
  }),
  matmulCase("some columns of a wider product: the others stay as they are", 20, {
    ...{ rows: 10, inner: 12, columns: 12, all: 28, first: 8 },
    ...{ bias: true, residual: true, low: 0 },
  }),
  matmulCase("some columns of a product that is itself a part of wider rows", 21, {
    ...{ rows: 10, inner: 12, columns: 12, all: 20, first: 8, into: { first: 16, of: 36 } },
    ...{ bias: true, low: 0 },
  }),
  matmulCase("residual without bias, rows one short of a tile", 3, { rows: 7, inner: 8, columns: 8, residual: true }),
  matmulCase("several workgroups both ways, the last ones part full", 4, {
    rows: 19,
    inner: 8,
    columns: 20,
    bias: true,
    constants: { WORKGROUP_X: 2, WORKGROUP_Y: 2 },
  }),
  matmulCase("more rows and columns than one workgroup of the default size", 5, { rows: 131, inner: 4, columns: 36, bias: true }),
  matmulCase("long inner dimension: the sum keeps its precision", 6, { rows: 2, inner: 1000, columns: 4 }),

  gramCase("one sample: padding columns repeat it", 11, 1, 4),
  gramCase("rows not a multiple of the 4 x 4 block: no row past the last is stored", 12, 7, 12),
  gramCase("a block half full", 14, 6, 4),
  gramCase("more rows than one workgroup", 13, 35, 4),

  momentsCase("one row, one block, added to what is there", 21, 1, 4, 0),
  momentsCase("blocks above the diagonal stay untouched", 22, 5, 12, 130),
  momentsCase("several workgroups, the last part full; rows of both halves", 23, 7, 20, 124, { WORKGROUP_X: 2, WORKGROUP_Y: 2 }),
  momentsCase("more columns than one workgroup of the default size", 24, 2, 36, 6),

  combineCase("one row: the weights are that row times its coefficient", 31, 1, 4, 1),
  combineCase("probabilities of a label table, every fourth value", 32, 9, 8, 4),
  combineCase("more columns than one workgroup", 33, 3, 260, 1),

  scoreCase("one vec4 column: all but one thread sum nothing", 41, 1, 4, 0),
  scoreCase("rows go behind those of earlier batches", 42, 3, 20, 2, { WORKGROUP_X: 4 }),
  scoreCase("more columns than threads, not a multiple of them", 43, 2, 280, 1),

  addCase("one vector", 51, 1, 1, -NO_BOUND, NO_BOUND),
  addCase("clamped at both ends", 52, 7, 7, 0, 6),
  addCase("a grid of lines with a part-full last line and idle threads beside it", 53, 150, 67, -NO_BOUND, NO_BOUND),
];
