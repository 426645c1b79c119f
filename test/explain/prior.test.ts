import { describe, expect, test } from "vitest";
import { CELLS, LENGTH_SCALE, priorFactor, RANK, symmetricEigen } from "../../src/explain/relabel/prior.ts";
import { Random } from "../support/random.ts";

describe("symmetricEigen", () => {
  test.each([1, 2, 7])("a random symmetric matrix of size %i: orthonormal vectors, values in descending order", (size) => {
    const random = new Random(size);
    const matrix = new Float64Array(size * size);
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) matrix[i * size + j] = matrix[j * size + i] = 2 * random.next() - 1;
    const { values, vectors } = symmetricEigen(matrix, size);
    const column = (k: number) => Array.from({ length: size }, (_, i) => vectors[i * size + k] as number);
    const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
    expect([...values].sort((a, b) => b - a)).toEqual(values);
    for (let k = 0; k < size; k++) {
      for (let l = 0; l < size; l++) expect(dot(column(k), column(l))).toBeCloseTo(k === l ? 1 : 0, 12);
      for (let row = 0; row < size; row++) {
        expect(dot([...matrix.subarray(row * size, (row + 1) * size)], column(k))).toBeCloseTo(
          (values[k] as number) * (column(k)[row] as number),
          12,
        );
      }
    }
  });

  test("equal values do no harm", () => {
    const { values, vectors } = symmetricEigen(Float64Array.from([3, 0, 0, 3]), 2);
    expect(values).toEqual([3, 3]);
    expect([...vectors].map(Math.abs)).toEqual([1, 0, 0, 1]);
  });
});

test("the factor's product is the prior: B B^T = exp(-d^2 / (2 * 16^2)) to 1e-5, between every 31st cell and all others", () => {
  const factor = priorFactor();
  expect(factor).toHaveLength(CELLS * CELLS * RANK);
  let worst = 0;
  for (let a = 0; a < CELLS * CELLS; a += 31) {
    for (let b = 0; b < CELLS * CELLS; b++) {
      let product = 0;
      for (let k = 0; k < RANK; k++) product += (factor[a * RANK + k] as number) * (factor[b * RANK + k] as number);
      // Cells are 7 pixels apart.
      const [dy, dx] = [7 * (Math.floor(a / CELLS) - Math.floor(b / CELLS)), 7 * ((a % CELLS) - (b % CELLS))];
      worst = Math.max(worst, Math.abs(product - Math.exp(-(dy * dy + dx * dx) / (2 * 16 ** 2))));
    }
  }
  expect(LENGTH_SCALE).toBe(16);
  expect(worst).toBeLessThan(1e-5);
});
