/** Fits a map to the size at which the page shows the photo. */
import type { Rectangle } from "../faces/all.ts";
import type { Size } from "../faces/canvas.ts";

/** Bilinear resampling of a map, or a part of it, to another size, for enlargement, pixel centres aligned. `part`: in values of the map. */
export function enlarge(map: Float32Array, from: Size, to: Size, part: Rectangle = { left: 0, top: 0, ...from }): Float32Array {
  const out = new Float32Array(to.height * to.width);
  const columns = tapsOf(from.width, to.width, part.left, part.width);
  tapsOf(from.height, to.height, part.top, part.height).forEach((y, row) => {
    columns.forEach((x, column) => {
      const [a, b] = [map[y.low * from.width + x.low] as number, map[y.low * from.width + x.high] as number];
      const [c, d] = [map[y.high * from.width + x.low] as number, map[y.high * from.width + x.high] as number];
      const [upper, lower] = [a + (b - a) * x.share, c + (d - c) * x.share];
      out[row * to.width + column] = upper + (lower - upper) * y.share;
    });
  });
  return out;
}

/** For each place of one axis, which shows `length` values from `start` on, the two that it lies between, and how near it is to the second. */
function tapsOf(from: number, to: number, start: number, length: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: to }, (_, i) => {
    const at = Math.min(Math.max(start + (i + 0.5) * (length / to) - 0.5, 0), from - 1);
    const low = Math.floor(at);
    return { low, high: Math.min(low + 1, from - 1), share: at - low };
  });
}
