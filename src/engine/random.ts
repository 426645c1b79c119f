/** Random numbers that are the same on CPU and GPU, from a seed and a counter. */

/** Streams of the counter-based generator; kernels use the same numbers. */
export const STREAM_ORDER = 4;

/** pcg4d (Jarzynski & Olano 2020): four 32-bit hashes of (seed, stream, sample, index), as the kernels compute them. */
export function pcg4d(seed: number, stream: number, sample: number, index: number): [number, number, number, number] {
  const scramble = (value: number) => (Math.imul(value, 1664525) + 1013904223) >>> 0;
  let [x, y, z, w] = [scramble(seed), scramble(stream), scramble(sample), scramble(index)] as [number, number, number, number];
  for (let round = 0; round < 2; round++) {
    x = (x + Math.imul(y, w)) >>> 0;
    y = (y + Math.imul(z, x)) >>> 0;
    z = (z + Math.imul(x, y)) >>> 0;
    w = (w + Math.imul(y, z)) >>> 0;
    if (round === 0)
      [x, y, z, w] = [x ^ (x >>> 16), y ^ (y >>> 16), z ^ (z >>> 16), w ^ (w >>> 16)].map((v) => v >>> 0) as [
        number,
        number,
        number,
        number,
      ];
  }
  return [x, y, z, w];
}

/** Uniform numbers in [0, 1), multiples of 2^-24: number i is component i mod 4 of the hash of sample 0 and index i div 4. */
export function uniformSequence(seed: number, stream: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => ((pcg4d(seed, stream, 0, i >> 2)[i & 3] as number) >>> 8) * 2 ** -24);
}

/** `epochs` shuffles of 0 ... count - 1, one after the other. */
export function shuffledOrder(seed: number, count: number, epochs: number): Uint32Array {
  const order = new Uint32Array(count * epochs);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const part = order.subarray(epoch * count, (epoch + 1) * count);
    for (let i = 0; i < count; i++) part[i] = i;
    for (let i = count - 1; i > 0; i--) {
      const j = Math.floor((pcg4d(seed, STREAM_ORDER, epoch, i)[0] / 2 ** 32) * (i + 1));
      [part[i], part[j]] = [part[j] as number, part[i] as number];
    }
  }
  return order;
}
