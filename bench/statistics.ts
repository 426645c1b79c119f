/** Medians, intervals of means and other summaries of repeated times. */
import { type Estimate, estimate } from "../src/evaluate/statistics.ts";

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

/** Half width of the 95 % interval of the mean, as a share of the mean; undefined for fewer than two values. */
export function intervalOf(values: readonly number[]): number | undefined {
  return shareOf(estimate(values));
}

const shareOf = ({ count, mean, interval }: Estimate) => (count < 2 ? undefined : (mean - interval[0]) / mean);

/** Summary of the seconds that groups of `runs` runs took. */
export function summarise(seconds: readonly number[], runs = 1): Summary {
  const milliseconds = seconds.map((value) => (value * 1000) / runs);
  const known = estimate(milliseconds);
  const interval = shareOf(known);
  return {
    ...{ median: median(milliseconds), p90: quantile(milliseconds, 0.9), min: Math.min(...milliseconds) },
    ...{ mean: known.mean, interval },
    ...(interval !== undefined && interval > AGREEMENT ? { noisy: true as const } : {}),
    ...{ samples: milliseconds.length, runs },
  };
}

/** NaN for none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
