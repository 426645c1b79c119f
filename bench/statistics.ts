/** Medians and other summaries of repeated times. */

/** What is reported of repeated times, in milliseconds. */
export interface Summary {
  median: number;
  /** Nine samples in ten are at most this. */
  p90: number;
  min: number;
  /** Samples taken. */
  samples: number;
  /** Runs in each of them, by which its time was divided. */
  runs: number;
}

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

/** Summary of the seconds that groups of `runs` runs took. */
export function summarise(seconds: readonly number[], runs = 1): Summary {
  const milliseconds = seconds.map((value) => (value * 1000) / runs);
  return {
    median: median(milliseconds),
    p90: quantile(milliseconds, 0.9),
    min: Math.min(...milliseconds),
    samples: milliseconds.length,
    runs,
  };
}

/** NaN for none. */
export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}
