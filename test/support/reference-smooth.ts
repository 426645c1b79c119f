import type { Gate } from "./reference-random.ts";
import { centred, cholesky, dot, solve } from "./reference-students.ts";

const CELLS = 32;
const PIXELS = 7;

/** Mean of a gate over each block of 7 x 7 pixels, 32 x 32 of them. */
export function gateFeatures({ cells, shift }: Gate): number[] {
  // The mask is a product of hats in x and y, and so is its mean over a block.
  const weights = (block: number, moved: number) => {
    const means = new Array<number>(7).fill(0);
    for (let pixel = block * PIXELS; pixel < (block + 1) * PIXELS; pixel++) {
      const position = Math.min(Math.max(((pixel + moved + 0.5) * 7) / 256 - 0.5, 0), 6);
      for (let line = 0; line < 7; line++) means[line] = (means[line] as number) + Math.max(0, 1 - Math.abs(position - line)) / PIXELS;
    }
    return means;
  };
  const across = Array.from({ length: CELLS }, (_, block) => weights(block, shift[0]));
  const down = Array.from({ length: CELLS }, (_, block) => weights(block, shift[1]));
  return Array.from({ length: CELLS * CELLS }, (_, at) => {
    const [u, v] = [across[at % CELLS] as number[], down[Math.floor(at / CELLS)] as number[]];
    let sum = 0;
    for (let c = 0; c < 49; c++) sum += (v[Math.floor(c / 7)] as number) * (u[c % 7] as number) * (cells[c] as number);
    return sum;
  });
}

/** exp(-d^2 / (2 * 16^2)) applied to a 32 x 32 image, d in pixels between block centres. */
function applyPrior(image: readonly number[]): number[] {
  const kernel = Array.from({ length: CELLS }, (_, d) => Math.exp(-((PIXELS * d) ** 2) / (2 * 16 ** 2)));
  // The kernel is a product of one in y and one in x.
  const along = (from: readonly number[], step: number) =>
    from.map((_, at) => {
      const position = Math.floor(at / step) % CELLS;
      const start = at - position * step;
      let sum = 0;
      for (let i = 0; i < CELLS; i++) sum += (kernel[Math.abs(position - i)] as number) * (from[start + i * step] as number);
      return sum;
    });
  return along(along(image, 1), CELLS);
}

export interface SmoothFit {
  weights: number[];
  ratio: number;
  evidence: number;
  /** Of the prior, so that the mean diagonal of A is 1. */
  scale: number;
}

const RATIOS = Array.from({ length: 26 }, (_, i) => 10 ** (-3 + i / 5));

/** The Bayesian student in its n x n dual form, in float64, by Cholesky factors: the whole prior, no truncation. */
export function fitSmooth(features: readonly (readonly number[])[], probabilities: readonly number[], ratios = RATIOS): SmoothFit {
  const n = features.length;
  const f = centred(features);
  const y = centred(probabilities.map((p) => [p])).map(([p]) => p as number);
  const projected = f.map(applyPrior);
  const a = f.map((row) => projected.map((other) => dot(row, other)));
  const scale = n / a.reduce((sum, row, i) => sum + (row[i] as number), 0);
  const regularised = (ratio: number) => a.map((row, i) => row.map((value, j) => scale * value + (i === j ? ratio : 0)));
  const evidence = (ratio: number) => {
    const matrix = regularised(ratio);
    const logDeterminant = 2 * cholesky(matrix).reduce((sum, row, i) => sum + Math.log(row[i] as number), 0);
    return (-n / 2) * Math.log(dot(y, solve(matrix, y))) - logDeterminant / 2;
  };
  const candidates = ratios.map((ratio) => ({ ratio, evidence: evidence(ratio) }));
  const best = candidates.reduce((left, right) => (right.evidence > left.evidence ? right : left));
  const coefficients = solve(regularised(best.ratio), y);
  const weights = Array.from(
    { length: CELLS * CELLS },
    (_, cell) =>
      scale *
      dot(
        coefficients,
        projected.map((row) => row[cell] as number),
      ),
  );
  return { weights, scale, ...best };
}
