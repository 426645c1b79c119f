/** Solves the regression in which `lime` learns from the classifier's answers. */

/**
 * Weighted ridge regression with an intercept that is not penalised, in closed form: with X and y less their weighted means,
 * w = (X^T W X + alpha I)^-1 X^T W y. Returns the coefficients of the columns. `alpha` is above 0, so that the system has a solution.
 */
export function fitRidge(rows: readonly Uint8Array[], y: ArrayLike<number>, weights: readonly number[], alpha: number): Float64Array {
  const columns = (rows[0] as Uint8Array).length;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const means = new Float64Array(columns);
  let mean = 0;
  rows.forEach((row, i) => {
    const share = (weights[i] as number) / total;
    for (let k = 0; k < columns; k++) means[k] = (means[k] as number) + share * (row[k] as number);
    mean += share * (y[i] as number);
  });
  // The lower triangle, and the right-hand side as one more row below it.
  const system = Array.from({ length: columns + 1 }, () => new Float64Array(columns));
  const centred = new Float64Array(columns + 1);
  rows.forEach((row, i) => {
    for (let k = 0; k < columns; k++) centred[k] = (row[k] as number) - (means[k] as number);
    centred[columns] = (y[i] as number) - mean;
    for (let j = 0; j <= columns; j++) {
      const line = system[j] as Float64Array;
      const value = (weights[i] as number) * (centred[j] as number);
      for (let k = 0; k < Math.min(j + 1, columns); k++) line[k] = (line[k] as number) + value * (centred[k] as number);
    }
  });
  for (let k = 0; k < columns; k++) (system[k] as Float64Array)[k] = ((system[k] as Float64Array)[k] as number) + alpha;
  return solveCholesky(system, columns);
}

/** Factors the lower triangle A = L L^T in place, the row below it becoming L^-1 b on the way, and solves L^T x for it. */
function solveCholesky(system: readonly Float64Array[], size: number): Float64Array {
  for (let k = 0; k < size; k++) {
    const pivot = system[k] as Float64Array;
    for (let j = k; j <= size; j++) {
      const line = system[j] as Float64Array;
      let value = line[k] as number;
      for (let i = 0; i < k; i++) value -= (line[i] as number) * (pivot[i] as number);
      line[k] = j === k ? Math.sqrt(value) : value / (pivot[k] as number);
    }
  }
  const x = (system[size] as Float64Array).slice();
  for (let k = size - 1; k >= 0; k--) {
    for (let j = k + 1; j < size; j++) x[k] = (x[k] as number) - ((system[j] as Float64Array)[k] as number) * (x[j] as number);
    x[k] = (x[k] as number) / ((system[k] as Float64Array)[k] as number);
  }
  return x;
}
