/** The curves of a map's scores: deletion and insertion, each beside that of the random grid. */
import type { CausalScores, Evaluation } from "../../faces/all.ts";
import { MAP, RANDOM, type Scores } from "./judged.ts";

/** What pixels do along a curve. */
export const WAYS = ["deletion", "insertion"] as const;
export type Way = (typeof WAYS)[number];

/** A curve of the map and of the random grid over the shares of the pixels that are replaced. */
export interface Curves {
  readonly way: Way;
  /** From 0 to 1. */
  readonly shares: readonly number[];
  /** Pixels that are replaced. */
  readonly replaced: readonly number[];
  readonly map: readonly number[];
  readonly random: readonly number[];
}

type Causal = NonNullable<Evaluation["causal"]>;

/** The scores of the map and of the random grid. */
export function causalOf({ evaluation: { maps } }: Scores): { map: CausalScores; random: CausalScores } {
  const of = (name: string) => maps[name]?.causal as CausalScores;
  return { map: of(MAP), random: of(RANDOM) };
}

/** The curves of one way. */
export function curvesOf(scores: Scores, way: Way): Curves {
  const { replaced } = scores.evaluation.causal as Causal;
  const { map, random } = causalOf(scores);
  const all = replaced.at(-1) as number;
  const shares = replaced.map((count) => count / all);
  return { way, shares, replaced, map: map[way].probabilities, random: random[way].probabilities };
}
