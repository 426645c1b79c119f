/** The smoothness that the default student expects of a map, as a matrix. */

/** Cells a side of the grid on which the students of gated synthesis have their weights; a cell is 7 x 7 pixels of 224. */
export const CELLS = 32;
const CELL_PIXELS = 7;
/** Length scale of the smoothness prior in pixels of 224 (measured, recipe of the smooth student). */
export const LENGTH_SCALE = 16;
/** Leading directions of the prior that are kept. What is dropped changes no entry of K by more than 5e-6. */
export const RANK = 446;

/** Eigenvalues (descending) and eigenvectors (columns of `vectors`, row-major) of a symmetric matrix, by cyclic Jacobi rotations. */
export function symmetricEigen(matrix: Float64Array, size: number): { values: number[]; vectors: Float64Array } {
  const a = matrix.slice();
  const v = new Float64Array(size * size);
  for (let i = 0; i < size; i++) v[i * size + i] = 1;
  const rotate = (m: Float64Array, i: number, j: number, cosine: number, sine: number) => {
    const [x, y] = [m[i] as number, m[j] as number];
    m[i] = cosine * x - sine * y;
    m[j] = sine * x + cosine * y;
  };
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) {
        const off = a[p * size + q] as number;
        if (Math.abs(off) < 1e-300) continue;
        const theta = ((a[q * size + q] as number) - (a[p * size + p] as number)) / (2 * off);
        const tangent = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const cosine = 1 / Math.hypot(tangent, 1);
        const sine = tangent * cosine;
        for (let k = 0; k < size; k++) rotate(a, k * size + p, k * size + q, cosine, sine);
        for (let k = 0; k < size; k++) rotate(a, p * size + k, q * size + k, cosine, sine);
        for (let k = 0; k < size; k++) rotate(v, k * size + p, k * size + q, cosine, sine);
      }
    }
  }
  const order = Array.from({ length: size }, (_, i) => i).sort((i, j) => (a[j * size + j] as number) - (a[i * size + i] as number));
  const vectors = new Float64Array(size * size);
  order.forEach((from, to) => {
    for (let row = 0; row < size; row++) vectors[row * size + to] = v[row * size + from] as number;
  });
  return { values: order.map((i) => a[i * size + i] as number), vectors };
}

/**
 * A factor of the Gaussian-process prior of the smooth student: K = B B^T with K = exp(-d^2 / (2 * 16^2)), d the distance of two cells.
 * K is a Kronecker product of one 32 x 32 kernel with itself, so its eigenvectors are products of that one's.
 * Returns B, (32 * 32) x RANK row-major.
 */
export function priorFactor(): Float64Array {
  cached ??= computeFactor();
  return cached;
}

/** A constant of the method, computed once: every explanation needs it. */
let cached: Float64Array | undefined;

function computeFactor(): Float64Array {
  const kernel = new Float64Array(CELLS * CELLS);
  for (let i = 0; i < CELLS; i++) {
    for (let j = 0; j < CELLS; j++) kernel[i * CELLS + j] = Math.exp(-0.5 * (((i - j) * CELL_PIXELS) / LENGTH_SCALE) ** 2);
  }
  const { values, vectors } = symmetricEigen(kernel, CELLS);
  const pairs = values.flatMap((y, row) => values.map((x, column) => ({ row, column, variance: Math.max(y, 0) * Math.max(x, 0) })));
  pairs.sort((a, b) => b.variance - a.variance);
  const factor = new Float64Array(CELLS * CELLS * RANK);
  pairs.slice(0, RANK).forEach(({ row, column, variance }, k) => {
    const gain = Math.sqrt(variance);
    for (let y = 0; y < CELLS; y++) {
      for (let x = 0; x < CELLS; x++) {
        const product = (vectors[y * CELLS + row] as number) * (vectors[x * CELLS + column] as number);
        factor[(y * CELLS + x) * RANK + k] = gain * product;
      }
    }
  });
  return factor;
}
