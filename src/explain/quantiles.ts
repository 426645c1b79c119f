/** Quantiles of many values without sorting them: by histograms of their bits. */

const SIGN = 2 ** 31;
const BUCKETS = 2 ** 16;

/**
 * For each share in [0, 1] the value below which it lies, the very one that is at its place when all are sorted. Takes a histogram of the upper
 * halves of the values' bits, and for each share one of the lower halves. `values` must not be empty.
 */
export function quantiles(values: Float32Array, shares: readonly number[]): number[] {
  // As whole numbers bits are ordered as the values are, once all of negative ones are turned, and the sign of others.
  const keys = new Uint32Array(values.slice().buffer).map((bits) => (bits < SIGN ? bits + SIGN : ~bits));
  const upper = histogramOf(keys, 16);
  return shares.map((share) => {
    const rank = Math.min(keys.length - 1, Math.floor(share * keys.length));
    const [high, before] = bucketOf(upper, rank);
    const near = keys.filter((key) => key >>> 16 === high);
    const key = high * BUCKETS + bucketOf(histogramOf(near, 0), rank - before)[0];
    return new Float32Array(Uint32Array.of(key < SIGN ? ~key : key - SIGN).buffer)[0] as number;
  });
}

/** How often each value of 16 bits occurs, of which `shift` lie below. */
function histogramOf(keys: Uint32Array, shift: number): Uint32Array {
  const histogram = new Uint32Array(BUCKETS);
  for (const key of keys) (histogram[(key >>> shift) % BUCKETS] as number)++;
  return histogram;
}

/** Where the value of a rank lies, and how many lie in the buckets before. */
function bucketOf(histogram: Uint32Array, rank: number): [bucket: number, before: number] {
  let [bucket, before] = [0, 0];
  while (before + (histogram[bucket] as number) <= rank) before += histogram[bucket++] as number;
  return [bucket, before];
}
