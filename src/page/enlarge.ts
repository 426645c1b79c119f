interface Size {
  height: number;
  width: number;
}

/** Bilinear enlargement of a map of height x width, pixel centres aligned. */
export function enlarge(map: Float32Array, from: Size, to: Size): Float32Array {
  const out = new Float32Array(to.height * to.width);
  const [rows, columns] = [tapsOf(from.height, to.height), tapsOf(from.width, to.width)];
  rows.forEach((y, row) => {
    columns.forEach((x, column) => {
      const [a, b] = [map[y.low * from.width + x.low] as number, map[y.low * from.width + x.high] as number];
      const [c, d] = [map[y.high * from.width + x.low] as number, map[y.high * from.width + x.high] as number];
      const [upper, lower] = [a + (b - a) * x.share, c + (d - c) * x.share];
      out[row * to.width + column] = upper + (lower - upper) * y.share;
    });
  });
  return out;
}

/** The two values of a line between which each of a longer one lies, and how far it is from the first. */
function tapsOf(from: number, to: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, from - 1), share: at - low };
  });
}
