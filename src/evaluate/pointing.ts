import { INPUT_SIZE } from "../nets/teacher.ts";
import { checkMap } from "./ranks.ts";

/** In pixels of the 224 x 224 crop; right and bottom are excluded. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Pixels by which a maximum may miss the object. */
const TOLERANCE = 15;

export interface Pointing {
  /** Whether the maximum lies in one of the boxes, each grown by the tolerance. */
  readonly hit: boolean;
  /** The maximum; of several, the upper, then the left one. */
  readonly x: number;
  readonly y: number;
}

/**
 * Pointing game (Zhang et al. 2016, "Top-down neural attention by excitation backprop", section 4.1) with boxes: whether the map's maximum
 * falls on the object, or within 15 pixels of its box. A data set's score is the share of hits, averaged over classes. Throws BAD_OPTION.
 */
export function pointingGame(map: ArrayLike<number>, boxes: readonly Box[], tolerance = TOLERANCE): Pointing {
  checkMap(map);
  let best = 0;
  for (let at = 1; at < map.length; at++) if ((map[at] as number) > (map[best] as number)) best = at;
  const [x, y] = [best % INPUT_SIZE, Math.floor(best / INPUT_SIZE)];
  const within = (at: number, low: number, high: number) => at >= low - tolerance && at < high + tolerance;
  const hit = boxes.some(({ left, top, right, bottom }) => within(x, left, right) && within(y, top, bottom));
  return { hit, x, y };
}
