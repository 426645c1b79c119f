/** Holds maps to a part of the photo that is known to be the reason for the class, as the photo in a composite is. */
import { EngineError } from "../engine/errors.ts";
import { IMAGENET_INPUT, type Size } from "../nets/input-spec.ts";
import type { Box } from "./pointing.ts";
import { checkMap, rankPixels } from "./ranks.ts";

/** How a map agrees with where the reason is. Both are 1 at best; chance gives 1/2, and the share of the pixels inside. */
export interface Truth {
  /** That a pixel inside is above one outside, ties counting half. */
  readonly auc: number;
  /** Share of the pixels inside among as many of the most salient ones; of equal ones, the upper, then the left are more salient. */
  readonly precision: number;
}

/**
 * Holds a map to a rectangle that is known to be the reason for the class (in pixels of the map, of which some must be outside). `size`: of the
 * map. Throws BAD_OPTION.
 */
export function truth(map: ArrayLike<number>, inside: Box, size: Size = IMAGENET_INPUT): Truth {
  checkMap(map, size);
  checkInside(inside, size);
  const { left, top, right, bottom } = inside;
  const count = (right - left) * (bottom - top);
  const within = (at: number) => {
    const [x, y] = [at % size.width, Math.floor(at / size.width)];
    return x >= left && x < right && y >= top && y < bottom;
  };
  const outside = Float64Array.from({ length: map.length }, (_, at) => map[at] as number)
    .filter((_, at) => !within(at))
    .sort();
  const ranks = rankPixels(map);
  let [above, hits] = [0, 0];
  for (let at = 0; at < map.length; at++) {
    if (!within(at)) continue;
    const value = map[at] as number;
    above += (firstOf(outside, (other) => other >= value) + firstOf(outside, (other) => other > value)) / 2;
    if ((ranks[at] as number) < count) hits++;
  }
  return { auc: above / (count * outside.length), precision: hits / count };
}

/** The first place in rising numbers of which something holds; their number where there is none. */
function firstOf(rising: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, rising.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(rising[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Throws BAD_OPTION for what is no rectangle of whole pixels within the photo, or all of it. */
export function checkInside(inside: Box | undefined, { height, width }: Size): asserts inside is Box {
  const { left, top, right, bottom } = inside ?? ({} as Partial<Box>);
  const within = (low: unknown, high: unknown, extent: number) =>
    Number.isInteger(low) && Number.isInteger(high) && 0 <= Number(low) && Number(low) < Number(high) && Number(high) <= extent;
  const all = left === 0 && top === 0 && right === width && bottom === height;
  if (within(left, right, width) && within(top, bottom, height) && !all) return;
  throw new EngineError(
    "BAD_OPTION",
    `What is known to be inside is no part of ${width} x ${height} pixels.`,
    "Give `inside`: left, top, right and bottom in whole pixels, right and bottom excluded.",
  );
}
