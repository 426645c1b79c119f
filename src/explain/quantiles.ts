/** Quantiles of many values without sorting them: by histograms of their bits. */

const BUCKETS = 2 ** 16;

/**
 * For each share in [0, 1] the value below which it lies, the very one that is at its place when all are sorted. Takes two passes, a histogram
 * of the upper and one of the lower halves of the values' bits. NaN counts as the largest. Throws nothing; `values` must not be empty.
 */
export function quantiles(values: Float32Array, shares: readonly number[]): number[] {
  const keys = orderedKeys(values);
  const upper = new Uint32Array(BUCKETS);
  for (const key of keys) (upper[key >>> 16] as number)++;
  return shares.map((share) => {
    const rank = Math.min(keys.length - 1, Math.floor(share * keys.length));
    const high = findBucket(upper, rank);
    const lower = new Uint32Array(BUCKETS);
    for (const key of keys) if (key >>> 16 === high.bucket) (lower[key & 0xffff] as number)++;
    return decodeKey(high.bucket * BUCKETS + findBucket(lower, rank - high.before).bucket);
  });
}

/** The values' bits as whole numbers that are ordered as the values are: of negative ones all are turned, of others the sign. */
function orderedKeys(values: Float32Array): Uint32Array {
  const keys = new Uint32Array(values.slice().buffer);
  for (let i = 0; i < keys.length; i++) {
    const bits = keys[i] as number;
    if (Number.isNaN(values[i])) keys[i] = 0xffffffff;
    else keys[i] = bits >>> 31 ? ~bits : bits | 0x80000000;
  }
  return keys;
}

function decodeKey(key: number): number {
  const bits = key >>> 31 ? key & 0x7fffffff : ~key;
  return new Float32Array(Uint32Array.of(bits).buffer)[0] as number;
}

/** Where the value of this rank lies, and how many values lie in the buckets before. */
function findBucket(histogram: Uint32Array, rank: number): { bucket: number; before: number } {
  let before = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const held = histogram[bucket] as number;
    if (before + held > rank) return { bucket, before };
    before += held;
  }
  throw new RangeError(`There is no value of rank ${rank}.`);
}
