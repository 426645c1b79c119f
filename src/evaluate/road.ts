/** The metric `road`: deletion by guessed pixels, whose edges give nothing away. */
import { EngineError } from "../engine/errors.ts";
import type { Parameter } from "../explain/method.ts";
import { type Hole, Imputer } from "./imputation.ts";
import type { Form, MetricDefinition } from "./metric.ts";
import { uploadRanks } from "./ranks.ts";
import type { Score, ScoreOptions, Scorer } from "./scorer.ts";

/** Shares of the pixels that are removed. */
const SHARES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/** Of the noise on imputed pixels, in the teacher's normalised units. */
const NOISE = 0.01;

export interface RoadOptions extends ScoreOptions {
  /** Of the noise; 0 by default. */
  seed?: number | undefined;
  /** Shares of the pixels to remove, each above 0 and below 1; 10 % to 90 % by default. */
  shares?: readonly number[] | undefined;
}

export interface Removal {
  /** The target's probability once a share of the pixels is imputed. */
  readonly probabilities: readonly number[];
  /** Whether the target is still the teacher's first choice, see Score; their mean over photos is the accuracy that the paper plots. */
  readonly first: readonly boolean[];
}

export interface RoadScores {
  /** Most relevant pixels first: lower is better. */
  readonly mostFirst: Removal;
  /** Least relevant pixels first: higher is better. */
  readonly leastFirst: Removal;
  /** Half the difference of the mean probabilities, least minus most relevant first: higher is better. */
  readonly combined: number;
}

export interface RoadResult {
  readonly target: number;
  readonly shares: readonly number[];
  /** In the order of the maps. */
  readonly maps: readonly RoadScores[];
  /** What solving took: the most iterations of a batch, and the largest root mean square residual left, in normalised units. */
  readonly solver: { readonly iterations: number; readonly residual: number };
}

/**
 * ROAD, remove and debias (Rong et al. 2022, "A consistent and efficient evaluation strategy for attribution methods"): as deletion, but
 * removed pixels are guessed from their neighbours, so that what tells the class is gone and the shape of the hole does not show. Ties as in
 * `causal`. Throws BAD_OPTION, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function road(
  scorer: Scorer,
  maps: readonly ArrayLike<number>[],
  target: number,
  { seed = 0, shares = SHARES, ...options }: RoadOptions = {},
): Promise<RoadResult> {
  if (shares.length === 0 || !shares.every((share) => share > 0 && share < 1)) {
    throw new EngineError("BAD_OPTION", `The shares to remove are ${shares.join(", ")}.`, "Give numbers above 0 and below 1.");
  }
  const { input } = scorer.teacher;
  const pixels = input.height * input.width;
  // Share by share, since holes of one size take about as long to fill, and a batch takes as long as the slowest of its images.
  const holes = shares.flatMap((share) => {
    const count = Math.round(share * pixels);
    const pair = (map: number): Hole[] => [
      { map, first: 0, end: count },
      { map, first: pixels - count, end: pixels },
    ];
    return maps.flatMap((_, map) => pair(map));
  });
  const ranks = uploadRanks(scorer.engine, maps, input);
  try {
    const imputer = await Imputer.create(scorer, ranks, holes, { seed, deviation: NOISE });
    try {
      const scores = await scorer.scoreDrawn((first) => imputer.draw(first, options), holes.length, target, options);
      const { iterations, residual } = imputer;
      const of = (map: number, order: number) => shares.map((_, i) => scores[2 * (i * maps.length + map) + order] as Score);
      return { target, shares, maps: maps.map((_, map) => compare(of(map, 0), of(map, 1))), solver: { iterations, residual } };
    } finally {
      imputer.dispose();
    }
  } finally {
    ranks.dispose();
  }
}

function compare(most: readonly Score[], least: readonly Score[]): RoadScores {
  const removal = (scores: readonly Score[]): Removal => ({
    probabilities: scores.map(({ probability }) => probability),
    first: scores.map(({ first }) => first),
  });
  const mean = (scores: readonly Score[]) => scores.reduce((sum, { probability }) => sum + probability, 0) / scores.length;
  return { mostFirst: removal(most), leastFirst: removal(least), combined: (mean(least) - mean(most)) / 2 };
}

const PARAMETERS = {
  shares: { value: SHARES.join(","), what: "shares of the pixels to remove, separated by commas, each above 0 and below 1" },
} as const satisfies Record<string, Parameter>;

const REMOVAL: Form = { probabilities: "numbers", first: "flags" };

export const roadMetric = {
  name: "road",
  title: "ROAD",
  what: "the target's probability once the most, or the least, relevant pixels are guessed from their neighbours (Rong et al. 2022)",
  parameters: PARAMETERS,
  measures: [{ name: "road", title: "ROAD", better: "higher", of: ({ combined }) => combined }],
  forms: {
    scores: { mostFirst: REMOVAL, leastFirst: REMOVAL, combined: "number" },
    shared: { shares: "numbers", solver: { iterations: "number", residual: "number" } },
  },
  run: ({ scorer, maps, target, settings: { shares, seed }, ...options }) =>
    road(scorer, maps, target, { ...options, seed, shares: shares.split(",").map((share) => (share.trim() ? Number(share) : Number.NaN)) }),
} as const satisfies MetricDefinition<typeof PARAMETERS, RoadScores, RoadResult>;
