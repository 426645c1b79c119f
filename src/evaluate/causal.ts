/** The metric `causal`, deletion and insertion: what the verdict does while the map's best pixels go, or come. */
import type { Parameter } from "../explain/method.ts";
import { blurPhoto } from "./blur.ts";
import type { Form, MetricDefinition } from "./metric.ts";
import { findProtocol, PROTOCOLS, type Protocol } from "./protocols.ts";
import type { ScoreOptions, Scorer } from "./scorer.ts";
import { areaUnder } from "./statistics.ts";
import { FIRST_IMAGE, GREY, type Job, PHOTO, scoreSteps } from "./step-images.ts";

/** The target's probability while pixels are removed or come back. */
export interface Curve {
  /** The target's probability at every point. */
  readonly probabilities: readonly number[];
  /** Area under it by trapezoids, the points being shares of the pixels: in [0, 1]. */
  readonly area: number;
}

/** Deletion and insertion of one map. */
export interface CausalScores {
  /** Lower is better. */
  readonly deletion: Curve;
  /** Higher is better. */
  readonly insertion: Curve;
  /** Insertion's area minus deletion's. */
  readonly difference: number;
}

export interface CausalResult {
  readonly protocol: string;
  readonly target: number;
  /** Pixels replaced at every point of every curve. */
  readonly replaced: readonly number[];
  /** The target's probability at the ends of the curves. */
  readonly ends: {
    readonly original: number;
    /** Of the mean grey. */
    readonly blank: number;
    /** Of the blurred photo; absent where the protocol blurs nothing. */
    readonly blurred?: number;
  };
  /** In the order of the maps. */
  readonly maps: readonly CausalScores[];
}

/**
 * Deletion and insertion (Petsiuk et al. 2018, section 3.2) of maps of the scorer's photo: the target's probability while the most salient
 * pixels, all channels together, are replaced first, or restored first. Only the order of a map's values counts; ties go to the upper, then
 * the left pixel. The ends of the curves are the same for all maps and are scored once. Throws BAD_OPTION, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function causal(
  scorer: Scorer,
  maps: readonly ArrayLike<number>[],
  protocol: Protocol,
  target: number,
  options: ScoreOptions = {},
): Promise<CausalResult> {
  const { input } = scorer.teacher;
  const replaced = protocol.replaced(input);
  const { insertion } = protocol;
  const hidden = insertion === "blank" ? GREY : FIRST_IMAGE;
  const between = replaced.slice(1, -1);
  const path = (map: number, stays: number, comes: number) => between.map((count): Job => [map, count, stays, comes]);
  const jobs: Job[] = [
    ...[PHOTO, GREY, hidden].map((source): Job => [0, 0, source, source]),
    ...maps.flatMap((_, map) => [...path(map, PHOTO, GREY), ...path(map, hidden, PHOTO)]),
  ];
  const blurred = insertion === "blank" ? undefined : await blurPhoto(scorer, insertion(input));
  try {
    const scores = await scoreSteps(scorer, maps, blurred, jobs, target, options);
    return gather(protocol, replaced, scores, maps.length, target);
  } finally {
    blurred?.dispose();
  }
}

/** Curves from the scores of the jobs, in their order. */
function gather(
  { name, insertion }: Protocol,
  replaced: readonly number[],
  scores: readonly number[],
  count: number,
  target: number,
): CausalResult {
  const [original, blank, hidden] = scores as [number, number, number];
  const inner = replaced.length - 2;
  const curve = (index: number, start: number, end: number): Curve => {
    const from = 3 + index * inner;
    const probabilities = [start, ...scores.slice(from, from + inner), end];
    return { probabilities, area: areaUnder(replaced, probabilities) };
  };
  const maps = Array.from({ length: count }, (_, map): CausalScores => {
    const deletion = curve(2 * map, original, blank);
    const restored = curve(2 * map + 1, hidden, original);
    return { deletion, insertion: restored, difference: restored.area - deletion.area };
  });
  const ends = { original, blank, ...(insertion === "blank" ? {} : { blurred: hidden }) };
  return { protocol: name, target, replaced, ends, maps };
}

const PARAMETERS = {
  protocol: {
    value: "rise-fast",
    choices: PROTOCOLS.map(({ name }) => name),
    what: "how many pixels a step replaces, and by what",
  },
} as const satisfies Record<string, Parameter>;

const CURVE: Form = { probabilities: "numbers", area: "number" };

export const causalMetric = {
  name: "causal",
  title: "Deletion and insertion",
  what: "the target's probability while the most salient pixels go, or come, first (Petsiuk et al. 2018)",
  parameters: PARAMETERS,
  measures: [
    { name: "deletion", title: "deletion", better: "lower", of: ({ deletion }) => deletion.area },
    { name: "insertion", title: "insertion", better: "higher", of: ({ insertion }) => insertion.area },
    { name: "difference", title: "insertion - deletion", better: "higher", of: ({ difference }) => difference },
  ],
  forms: {
    scores: { deletion: CURVE, insertion: CURVE, difference: "number" },
    shared: { protocol: "text", replaced: "numbers", ends: { original: "number", blank: "number", "blurred?": "number" } },
  },
  agreement: {
    what: "as many points in every curve as in `replaced`",
    holds: ({ deletion, insertion }, { replaced }) =>
      [deletion, insertion].every(({ probabilities }) => probabilities.length === replaced.length),
  },
  run: ({ scorer, maps, target, settings: { protocol }, ...options }) => causal(scorer, maps, findProtocol(protocol), target, options),
} as const satisfies MetricDefinition<typeof PARAMETERS, CausalScores, CausalResult>;
