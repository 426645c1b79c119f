import type { Size } from "../../src/nets/input-spec.ts";

/**
 * How far a removed pixel of an imputed photo (height x width x 4) is from the weighted mean of its neighbours, at most; and whether all
 * others are as they were.
 */
export function imputationFaults(
  photo: Float32Array,
  image: Float32Array,
  { height, width }: Size,
  removed: (at: number) => boolean,
): { worst: number; kept: boolean } {
  let [worst, kept] = [0, true];
  for (let i = 0; i < image.length; i++) {
    const at = i >> 2;
    if (!removed(at)) {
      kept &&= image[i] === photo[i];
      continue;
    }
    const [x, y] = [at % width, Math.floor(at / width)];
    let [sum, total] = [0, 0];
    for (let row = Math.max(0, y - 1); row <= Math.min(height - 1, y + 1); row++) {
      for (let column = Math.max(0, x - 1); column <= Math.min(width - 1, x + 1); column++) {
        const weight = row === y && column === x ? 0 : row === y || column === x ? 1 / 6 : 1 / 12;
        sum += weight * (image[4 * (row * width + column) + (i & 3)] as number);
        total += weight;
      }
    }
    worst = Math.max(worst, Math.abs((image[i] as number) - sum / total));
  }
  return { worst, kept };
}
