/** Finds where the points of t-SNE start. */
import { pcg4d } from "../../engine/random.ts";

const ROUNDS = 100;
/** Directions that turn by less than this in a round are found. */
const STILL = 1e-6;
const SEED = 1;

type Vector = Float64Array<ArrayBuffer>;

/**
 * The first two principal components of centred rows, from the rows' Gram matrix (rows x stride, symmetric): rows x 2, its two leading
 * eigenvectors times the roots of their eigenvalues, by orthogonal iteration. Where eigenvalues are alike, some direction among theirs.
 */
export function principalComponents(gram: Float32Array, rows: number, stride: number): Float64Array {
  const random = (index: number) => (pcg4d(SEED, 0, 0, index)[0] as number) / 2 ** 32 - 0.5;
  let first = normalised(Float64Array.from({ length: rows }, (_, i) => random(i)));
  let second = Float64Array.from({ length: rows }, (_, i) => random(rows + i));
  second = normalised(without(second, first));
  let values: [number, number] = [0, 0];
  for (let round = 0; round < ROUNDS; round++) {
    const [a, b] = product(gram, rows, stride, first, second);
    values = [Math.max(0, dot(a, first)), Math.max(0, dot(b, second))];
    const next = normalised(a);
    const other = normalised(without(b, next));
    const turned = 2 - Math.abs(dot(next, first)) - Math.abs(dot(other, second));
    [first, second] = [next, other];
    if (turned < STILL) break;
  }
  return Float64Array.from({ length: 2 * rows }, (_, i) => {
    const vector = i % 2 === 0 ? first : second;
    return (vector[i >> 1] as number) * Math.sqrt(values[i % 2] as number);
  });
}

/** The matrix times two vectors. */
function product(matrix: Float32Array, rows: number, stride: number, u: Vector, v: Vector): [Vector, Vector] {
  const [a, b] = [new Float64Array(rows), new Float64Array(rows)];
  for (let i = 0; i < rows; i++) {
    let [x, y] = [0, 0];
    for (let j = 0; j < rows; j++) {
      const value = matrix[i * stride + j] as number;
      x += value * (u[j] as number);
      y += value * (v[j] as number);
    }
    a[i] = x;
    b[i] = y;
  }
  return [a, b];
}

function dot(a: Vector, b: Vector): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

/** To a length of 1; as it is where it has none. */
function normalised(vector: Vector): Vector {
  const length = Math.sqrt(dot(vector, vector));
  return length > 0 ? vector.map((value) => value / length) : vector;
}

function without(vector: Vector, direction: Vector): Vector {
  const share = dot(vector, direction);
  return vector.map((value, i) => value - share * (direction[i] as number));
}
