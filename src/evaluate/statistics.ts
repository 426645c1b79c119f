/** Means over photos, with standard errors and intervals. */

/** The mean of a sample, and how certain it is. */
export interface Estimate {
  readonly count: number;
  readonly mean: number;
  /** Standard error of the mean; NaN for fewer than two values. */
  readonly error: number;
  /** Student's 95 % confidence interval of the mean; NaN for fewer than two values. */
  readonly interval: readonly [low: number, high: number];
}

/** Mean, standard error and 95 % interval; the values are taken to be independent, a photo each. */
export function estimate(values: readonly number[]): Estimate {
  const count = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / count;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const error = count > 1 ? Math.sqrt(squares / (count - 1) / count) : Number.NaN;
  const reach = error * studentQuantile(0.95, count - 1);
  return { count, mean, error, interval: [mean - reach, mean + reach] };
}

/** Of the differences a - b, photo by photo: narrower than what the two means' errors suggest where photos differ more than methods. */
export function pairedDifference(a: readonly number[], b: readonly number[]): Estimate {
  if (a.length !== b.length) throw new RangeError(`${a.length} and ${b.length} values do not pair up.`);
  return estimate(a.map((value, i) => value - (b[i] as number)));
}

/** The t within which a share of Student's distribution lies, on both sides of 0; NaN for less than one degree of freedom. */
export function studentQuantile(share: number, freedom: number): number {
  if (!(freedom >= 1)) return Number.NaN;
  // In terms of theta = atan(t / sqrt(freedom)), which is bounded.
  let [low, high] = [0, Math.PI / 2];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (shareWithin(middle, freedom) < share) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan((low + high) / 2);
}

/** Share of Student's distribution within t = sqrt(freedom) tan(theta), a finite sum (Abramowitz & Stegun 1964, 26.7.3 and 26.7.4). */
function shareWithin(theta: number, freedom: number): number {
  const square = Math.cos(theta) ** 2;
  const odd = freedom % 2 === 1;
  let term = odd ? Math.cos(theta) : 1;
  let sum = freedom === 1 ? 0 : term;
  for (let k = odd ? 3 : 2; k < freedom; k += 2) {
    term *= (square * (k - 1)) / k;
    sum += term;
  }
  return odd ? (2 / Math.PI) * (theta + Math.sin(theta) * sum) : Math.sin(theta) * sum;
}

/** The area under a curve by trapezoids, over the range of x. */
export function areaUnder(x: readonly number[], y: readonly number[]): number {
  const twice = x.slice(1).reduce((sum, at, i) => sum + (at - (x[i] as number)) * ((y[i] as number) + (y[i + 1] as number)), 0);
  return twice / 2 / ((x.at(-1) as number) - (x[0] as number));
}
