/** Medians, intervals of means and other summaries of repeated times. */

/** What is reported of repeated times, in milliseconds. */
export interface Summary {
  median: number;
  /** Nine samples in ten are at most this. */
  p90: number;
  min: number;
  /** Absent in reports of earlier versions, as the next two are. */
  mean?: number;
  /** Half width of the 95 % interval of the mean, as a share of the mean; absent for a single sample. */
  interval?: number | undefined;
  /** The interval is wider than what samples are repeated for (`AGREEMENT`). */
  noisy?: true;
  /** Samples taken. */
  samples: number;
  /** Runs in each of them, by which its time was divided. */
  runs: number;
}

/** Samples agree once the interval of their mean is at most this: a half width, as a share of the mean. */
export const AGREEMENT = 0.03;

const CONFIDENCE = 0.95;

/** The value below which the given share of the samples lies, interpolated between neighbours. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Share of Student's t distribution, of a whole number of degrees of freedom, that lies in [-t, t], where t = sqrt(freedom) tan(angle). */
function shareWithin(angle: number, freedom: number): number {
  // The finite sums of Abramowitz and Stegun, 26.7.3 and 26.7.4.
  const odd = freedom % 2;
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)];
  let [term, sum] = [odd ? cosine : 1, 0];
  for (let power = odd; power <= freedom - 2; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * cosine ** 2;
  }
  return odd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
}

/** The t of which 95 % of Student's distribution lie in [-t, t], for a whole number of degrees of freedom from 1 on. */
export function studentT(freedom: number): number {
  let [low, high] = [0, Math.PI / 2];
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2;
    if (shareWithin(middle, freedom) < CONFIDENCE) low = middle;
    else high = middle;
  }
  return Math.sqrt(freedom) * Math.tan(low);
}

/** Half width of the 95 % interval of the mean, as a share of the mean; undefined for fewer than two values. */
export function intervalOf(values: readonly number[]): number | undefined {
  const freedom = values.length - 1;
  if (freedom < 1) return undefined;
  const middle = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - middle) ** 2, 0);
  return (studentT(freedom) * Math.sqrt(squares / freedom / values.length)) / middle;
}

/** Summary of the seconds that groups of `runs` runs took. */
export function summarise(seconds: readonly number[], runs = 1): Summary {
  const milliseconds = seconds.map((value) => (value * 1000) / runs);
  const interval = intervalOf(milliseconds);
  return {
    ...{ median: median(milliseconds), p90: quantile(milliseconds, 0.9), min: Math.min(...milliseconds) },
    ...{ mean: mean(milliseconds), interval },
    ...(interval !== undefined && interval > AGREEMENT ? { noisy: true as const } : {}),
    ...{ samples: milliseconds.length, runs },
  };
}

/** NaN for none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
