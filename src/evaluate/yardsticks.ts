import { pcg4d } from "../explain/random.ts";
import { INPUT_SIZE } from "../nets/teacher.ts";

/** Stream of the random grid's values. */
const STREAM_GRID = 20;
const GRID = 7;
/** Of red, green and blue in luminance (ITU-R BT.709). */
const LUMINANCE = [0.2126, 0.7152, 0.0722] as const;

/** Maps that know nothing of the teacher: one that scores no better than they do shows nothing. All 224 x 224. */
export type Yardstick = "random grid" | "centred Gaussian" | "edges";

export const YARDSTICKS: readonly Yardstick[] = ["random grid", "centred Gaussian", "edges"];

/** Of a photo, 224 x 224 x 4 in [0, 1]; the seed is the random grid's. */
export function yardstick(name: Yardstick, crop: ArrayLike<number>, seed: number): Float64Array {
  if (name === "random grid") return randomGrid(seed);
  return name === "edges" ? edgeMap(crop) : centredGaussian();
}

/** Every pixel's value, given its position. */
function fill(value: (x: number, y: number) => number): Float64Array {
  return Float64Array.from({ length: INPUT_SIZE ** 2 }, (_, at) => value(at % INPUT_SIZE, Math.floor(at / INPUT_SIZE)));
}

/** 7 x 7 uniform numbers in [0, 1). */
export function randomCells(seed: number): number[] {
  return Array.from({ length: GRID ** 2 }, (_, i) => ((pcg4d(seed, STREAM_GRID, 0, i >> 2)[i & 3] as number) >>> 8) * 2 ** -24);
}

/** Random cells, stretched bilinearly, half-pixel centres, clamped at the edges. */
export function randomGrid(seed: number): Float64Array {
  const grid = randomCells(seed);
  const place = (at: number) => Math.min(Math.max(((at + 0.5) * GRID) / INPUT_SIZE - 0.5, 0), GRID - 1);
  return fill((x, y) => {
    const [u, v] = [place(x), place(y)];
    const [left, top] = [Math.floor(u), Math.floor(v)];
    const [right, below] = [Math.min(left + 1, GRID - 1), Math.min(top + 1, GRID - 1)];
    const line = (row: number) => (grid[row * GRID + left] as number) * (1 - u + left) + (grid[row * GRID + right] as number) * (u - left);
    return line(top) * (1 - v + top) + line(below) * (v - top);
  });
}

/** Falls off from the middle of the photo; its width does not matter where only the order of the values does. */
export function centredGaussian(): Float64Array {
  const middle = (INPUT_SIZE - 1) / 2;
  const width = INPUT_SIZE / 4;
  return fill((x, y) => Math.exp(-((x - middle) ** 2 + (y - middle) ** 2) / (2 * width ** 2)));
}

/** Magnitude of the photo's luminance gradient by Sobel's 3 x 3 filters, edges repeated. */
export function edgeMap(crop: ArrayLike<number>): Float64Array {
  const luminance = fill((x, y) => {
    const at = 4 * (y * INPUT_SIZE + x);
    return LUMINANCE.reduce((sum, weight, channel) => sum + weight * (crop[at + channel] as number), 0);
  });
  const inside = (at: number) => Math.min(Math.max(at, 0), INPUT_SIZE - 1);
  const near = (x: number, y: number) => luminance[inside(y) * INPUT_SIZE + inside(x)] as number;
  return fill((x, y) => {
    let [across, down] = [0, 0];
    for (const [step, weight] of [
      [-1, 1],
      [0, 2],
      [1, 1],
    ] as const) {
      across += weight * (near(x + 1, y + step) - near(x - 1, y + step));
      down += weight * (near(x + step, y + 1) - near(x + step, y - 1));
    }
    return Math.hypot(across, down);
  });
}
