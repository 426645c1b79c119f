import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import { INPUT_SIZE } from "../nets/teacher.ts";

/** Pixels of a map. */
export const PIXELS = INPUT_SIZE ** 2;

/** Throws BAD_OPTION where a map is not 224 x 224 finite numbers. */
export function checkMap(map: ArrayLike<number>, name = "The map"): void {
  if (map.length !== PIXELS || !Array.prototype.every.call(map, Number.isFinite)) {
    throw new EngineError(
      "BAD_OPTION",
      `${name} is not of ${PIXELS} finite numbers.`,
      `Give ${INPUT_SIZE} x ${INPUT_SIZE} of them, row by row.`,
    );
  }
}

/** Every pixel's place, 0 for the most salient: by descending value, of equal values the upper first, then the left. */
export function rankPixels(map: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const order = Uint32Array.from({ length: map.length }, (_, at) => at);
  order.sort((a, b) => (map[b] as number) - (map[a] as number) || a - b);
  const ranks = new Uint32Array(map.length);
  order.forEach((at, rank) => {
    ranks[at] = rank;
  });
  return ranks;
}

/** The ranks of every map on the GPU: maps x 224 x 224, one at least. Throws BAD_OPTION where one is no map, OUT_OF_MEMORY. */
export function uploadRanks(engine: Engine, maps: readonly ArrayLike<number>[]): Tensor {
  const ranks = new Uint32Array(Math.max(1, maps.length) * PIXELS);
  engine.work("rank", () => {
    maps.forEach((map, i) => {
      checkMap(map, `Map ${i + 1}`);
      ranks.set(rankPixels(map), i * PIXELS);
    });
  });
  return engine.tensor("ranks", [ranks.length / PIXELS, PIXELS], ranks);
}
