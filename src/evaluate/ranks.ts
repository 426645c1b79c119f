/** Orders the pixels of maps, as deletion and ROAD replace them. */
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Size } from "../nets/input-spec.ts";

/** Throws BAD_OPTION where a map is not height x width finite numbers. */
export function checkMap(map: ArrayLike<number>, { height, width }: Size, name = "The map"): void {
  if (map?.length !== height * width || !Array.prototype.every.call(map, Number.isFinite)) {
    const what = `${name} is not of ${height * width} finite numbers.`;
    throw new EngineError("BAD_OPTION", what, `Give ${height} x ${width} of them, row by row.`);
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

/** The ranks of every map on the GPU: maps x height x width, one at least. Throws BAD_OPTION where one is no map, OUT_OF_MEMORY. */
export function uploadRanks(engine: Engine, maps: readonly ArrayLike<number>[], size: Size): Tensor {
  const pixels = size.height * size.width;
  const ranks = new Uint32Array(Math.max(1, maps.length) * pixels);
  engine.work("rank", () => {
    maps.forEach((map, i) => {
      checkMap(map, size, `Map ${i + 1}`);
      ranks.set(rankPixels(map), i * pixels);
    });
  });
  return engine.tensor("ranks", [ranks.length / pixels, pixels], ranks);
}
