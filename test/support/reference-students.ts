/** A sample as the students see it: the teacher's probability of the class and its label y'. */
export type Label = readonly [probability: number, kept: number];

export interface Descent {
  minibatch: number;
  rate: number;
  momentum: number;
  /** 0: the paper's (eq. 7), 1: cross-entropy (eq. 2). */
  loss: number;
  soft: number;
  hard: number;
}

/**
 * Linear student by stochastic gradient descent in float64, straight from its definition: two logits, whose difference is x . (w1 - w0), a
 * softmax and the loss; both weight vectors start at zero. `order`: the samples as they are seen, epoch by epoch.
 * `start`: weights and velocity to go on from. Returns w1 - w0 and its velocity, per unit of the rate of w1 - w0.
 */
export function descend(
  x: readonly (readonly number[])[],
  labels: readonly Label[],
  order: ArrayLike<number>,
  { minibatch, rate, momentum, loss, soft, hard }: Descent,
  start?: { weights: number[]; velocity: number[] },
): { weights: number[]; velocity: number[] } {
  const columns = (x[0] as readonly number[]).length;
  const count = x.length;
  // w1; w0 is its negative, by symmetry of both losses.
  const weights = start ? start.weights.map((w) => w / 2) : new Array<number>(columns).fill(0);
  const velocity = start ? [...start.velocity] : new Array<number>(columns).fill(0);
  for (let epoch = 0; epoch < order.length; epoch += count) {
    for (let first = 0; first < count; first += minibatch) {
      const rows = Array.from({ length: Math.min(minibatch, count - first) }, (_, i) => order[epoch + first + i] as number);
      const slopes = rows.map((row) => {
        const logit = (x[row] as readonly number[]).reduce((sum, value, k) => sum + value * (weights[k] as number), 0);
        const q = Math.exp(logit) / (Math.exp(logit) + Math.exp(-logit));
        const [p, y] = labels[row] as Label;
        // d q / d logit1 with logit0 = -logit1 held: q (1 - q).
        if (loss === 1) return q - p + (q - y);
        return (soft * Math.SQRT2 * Math.sign(q - p) + hard * Math.sign(q - y)) * q * (1 - q);
      });
      for (let k = 0; k < columns; k++) {
        const gradient = rows.reduce((sum, row, i) => sum + (slopes[i] as number) * ((x[row] as readonly number[])[k] as number), 0);
        velocity[k] = momentum * (velocity[k] as number) + gradient / rows.length;
        weights[k] = (weights[k] as number) - rate * (velocity[k] as number);
      }
    }
  }
  return { weights: weights.map((w) => 2 * w), velocity };
}

/** Solves A x = b by Gaussian elimination with pivoting. A: rows of a square matrix. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const a = matrix.map((row, i) => [...row, right[i] as number]);
  const n = a.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++) {
      if (Math.abs((a[row] as number[])[column] as number) > Math.abs((a[pivot] as number[])[column] as number)) pivot = row;
    }
    [a[column], a[pivot]] = [a[pivot] as number[], a[column] as number[]];
    const top = a[column] as number[];
    for (let row = column + 1; row < n; row++) {
      const line = a[row] as number[];
      const factor = (line[column] as number) / (top[column] as number);
      for (let k = column; k <= n; k++) line[k] = (line[k] as number) - factor * (top[k] as number);
    }
  }
  const x = new Array<number>(n).fill(0);
  for (let row = n - 1; row >= 0; row--) {
    const line = a[row] as number[];
    let sum = line[n] as number;
    for (let k = row + 1; k < n; k++) sum -= (line[k] as number) * (x[k] as number);
    x[row] = sum / (line[row] as number);
  }
  return x;
}

/** Lower factor L of a symmetric positive definite matrix, A = L L^T, with zeros above the diagonal. */
export function cholesky(matrix: readonly (readonly number[])[]): number[][] {
  const l = matrix.map((row) => row.map(() => 0));
  for (let i = 0; i < l.length; i++) {
    for (let j = 0; j <= i; j++) {
      const [left, right] = [l[i] as number[], l[j] as number[]];
      let sum = (matrix[i] as readonly number[])[j] as number;
      for (let k = 0; k < j; k++) sum -= (left[k] as number) * (right[k] as number);
      left[j] = i === j ? Math.sqrt(sum) : sum / (right[j] as number);
    }
  }
  return l;
}

/** Columns centred by their means over the rows. */
export function centred(rows: readonly (readonly number[])[]): number[][] {
  const means = (rows[0] as readonly number[]).map((_, k) => rows.reduce((sum, row) => sum + (row[k] as number), 0) / rows.length);
  return rows.map((row) => row.map((value, k) => value - (means[k] as number)));
}

export const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, k) => sum + value * (b[k] as number), 0);
