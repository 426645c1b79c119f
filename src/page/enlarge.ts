/** Bilinear enlargement of a square map, `from` x `from` to `to` x `to`, pixel centres aligned. */
export function enlarge(map: Float32Array, from: number, to: number): Float32Array {
  const out = new Float32Array(to * to);
  const scale = from / to;
  const taps = Array.from({ length: to }, (_, i) => {
    const at = Math.min(Math.max((i + 0.5) * scale - 0.5, 0), from - 1);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, from - 1), share: at - low };
  });
  taps.forEach((y, row) => {
    taps.forEach((x, column) => {
      const [a, b] = [map[y.low * from + x.low] as number, map[y.low * from + x.high] as number];
      const [c, d] = [map[y.high * from + x.low] as number, map[y.high * from + x.high] as number];
      const [upper, lower] = [a + (b - a) * x.share, c + (d - c) * x.share];
      out[row * to + column] = upper + (lower - upper) * y.share;
    });
  });
  return out;
}
