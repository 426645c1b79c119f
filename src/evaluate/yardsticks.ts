/** Maps that need no classifier, to tell whether a method's scores mean anything. */
import { uniformSequence } from "../engine/random.ts";
import type { Size } from "../nets/input-spec.ts";

/** Stream of the random grid's values. */
const STREAM_GRID = 20;
const GRID = 7;
/** Of red, green and blue in luminance (ITU-R BT.709). */
const LUMINANCE = [0.2126, 0.7152, 0.0722] as const;

/** A method that scores no better than these shows nothing. All height x width. */
export type Yardstick = "random grid" | "centred Gaussian" | "edges";

export const YARDSTICKS: readonly Yardstick[] = ["random grid", "centred Gaussian", "edges"];

/** Of a photo of this size, height x width x 4 in [0, 1]; the seed is the random grid's. */
export function yardstick(name: Yardstick, crop: ArrayLike<number>, size: Size, seed: number): Float64Array {
  if (name === "random grid") return randomGrid(seed, size);
  return name === "edges" ? edgeMap(crop, size) : centredGaussian(size);
}

/** Every pixel's value, given its position. */
function fill({ height, width }: Size, value: (x: number, y: number) => number): Float64Array {
  return Float64Array.from({ length: height * width }, (_, at) => value(at % width, Math.floor(at / width)));
}

/** 7 x 7 uniform numbers in [0, 1). */
export function randomCells(seed: number): number[] {
  return uniformSequence(seed, STREAM_GRID, GRID ** 2);
}

/** Random cells, stretched bilinearly, half-pixel centres, clamped at the edges. */
export function randomGrid(seed: number, size: Size): Float64Array {
  const grid = randomCells(seed);
  const place = (at: number, extent: number) => Math.min(Math.max(((at + 0.5) * GRID) / extent - 0.5, 0), GRID - 1);
  return fill(size, (x, y) => {
    const [u, v] = [place(x, size.width), place(y, size.height)];
    const [left, top] = [Math.floor(u), Math.floor(v)];
    const [right, below] = [Math.min(left + 1, GRID - 1), Math.min(top + 1, GRID - 1)];
    const line = (row: number) => (grid[row * GRID + left] as number) * (1 - u + left) + (grid[row * GRID + right] as number) * (u - left);
    return line(top) * (1 - v + top) + line(below) * (v - top);
  });
}

/**
 * Falls off from the middle of the photo, along each axis as fast as the photo is long there; how fast does not matter where only the order of
 * the values does.
 */
export function centredGaussian(size: Size): Float64Array {
  const { height, width } = size;
  const [across, down] = [(width - 1) / 2, (height - 1) / 2];
  const deviation = width / 4;
  return fill(size, (x, y) => Math.exp(-((x - across) ** 2 + ((y - down) * (width / height)) ** 2) / (2 * deviation ** 2)));
}

/** Magnitude of the photo's luminance gradient by Sobel's 3 x 3 filters, edges repeated. */
export function edgeMap(crop: ArrayLike<number>, size: Size): Float64Array {
  const luminance = fill(size, (x, y) => {
    const at = 4 * (y * size.width + x);
    return LUMINANCE.reduce((sum, weight, channel) => sum + weight * (crop[at + channel] as number), 0);
  });
  const inside = (at: number, extent: number) => Math.min(Math.max(at, 0), extent - 1);
  const near = (x: number, y: number) => luminance[inside(y, size.height) * size.width + inside(x, size.width)] as number;
  return fill(size, (x, y) => {
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
