/** How far maps by other seeds agree, for the checks of methods. */
import { spearman } from "../explain/rank-correlation.ts";

export interface Agreement {
  /** Mean of the rank correlations of all pairs. */
  readonly mean: number;
  readonly lowest: number;
  readonly pairs: number;
}

/**
 * How far maps of the same photo and class by other seeds agree: Spearman's correlation of every pair. 1 where the seed does not matter.
 * Throws RangeError for fewer than two maps. Pairs share maps, so their spread says nothing of the mean's error.
 */
export function seedAgreement(maps: readonly ArrayLike<number>[]): Agreement {
  const pairs = maps.flatMap((map, i) => maps.slice(i + 1).map((other) => spearman(map, other)));
  if (pairs.length === 0) throw new RangeError("One map agrees with nothing: give the maps of two seeds or more.");
  return { mean: pairs.reduce((sum, value) => sum + value, 0) / pairs.length, lowest: Math.min(...pairs), pairs: pairs.length };
}
