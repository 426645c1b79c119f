/** The pointing game, a score for photos with known boxes around the objects. */
import { IMAGENET_INPUT, pixelUnit, type Size } from "../nets/input-spec.ts";
import { checkMap } from "./ranks.ts";

/** In pixels of the map; right and bottom are excluded. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Pixels of 224 by which a maximum may miss the object. */
const TOLERANCE = 15;

/** Outcome of the pointing game on one photo. */
export interface Pointing {
  /** Whether the maximum lies in one of the boxes, each grown by the tolerance. */
  readonly hit: boolean;
  /** The maximum; of several, the upper, then the left one. */
  readonly x: number;
  readonly y: number;
}

/**
 * Pointing game (Zhang et al. 2016, "Top-down neural attention by excitation backprop", section 4.1) with boxes: whether the map's maximum
 * falls on the object, or within some pixels of its box: 15 by default, or at another size than 224 x 224 as many as make up the same share of
 * it. A data set's score is the share of hits, averaged over classes. `size`: of the map. Throws BAD_OPTION.
 */
export function pointingGame(map: ArrayLike<number>, boxes: readonly Box[], tolerance?: number, size: Size = IMAGENET_INPUT): Pointing {
  checkMap(map, size);
  const reach = tolerance ?? Math.max(1, Math.round(TOLERANCE * pixelUnit(size)));
  let best = 0;
  for (let at = 1; at < map.length; at++) if ((map[at] as number) > (map[best] as number)) best = at;
  const [x, y] = [best % size.width, Math.floor(best / size.width)];
  const within = (at: number, low: number, high: number) => at >= low - reach && at < high + reach;
  const hit = boxes.some(({ left, top, right, bottom }) => within(x, left, right) && within(y, top, bottom));
  return { hit, x, y };
}
