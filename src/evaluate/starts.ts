/** The metric `starts`: insertion less deletion between the photo and four images, so that no single one favours a method. */
import type { Tensor } from "../engine/tensor.ts";
import type { Parameter } from "../explain/method.ts";
import type { Form, MetricDefinition } from "./metric.ts";
import type { ScoreOptions, Scorer } from "./scorer.ts";
import { type StartImage, startImages } from "./start-images.ts";
import { areaUnder } from "./statistics.ts";
import { FIRST_IMAGE, GREY, type Job, PHOTO, scoreSteps } from "./step-images.ts";

const STEPS = 8;

/** A number for each start. */
export interface OfStarts {
  /** RISE's blur of the photo. */
  readonly blur: number;
  /** The mean grey. */
  readonly grey: number;
  /** The photo blurred by a Gaussian of 24 pixels of 224. */
  readonly strong: number;
  /** Another photo; absent where none was given. */
  readonly other?: number;
}

export interface StartsOptions extends ScoreOptions {
  /** Of a curve, 8 by default. */
  steps?: number | undefined;
  /** Another photo, as the scorer has the one that is judged: height x width x 4, normalised. */
  other?: Tensor | undefined;
}

export interface StartsResult {
  readonly target: number;
  readonly steps: number;
  /** The target's probability at the ends of the curves. */
  readonly ends: OfStarts & { readonly original: number };
  /** Area of insertion from each start less that of deletion to it, in the order of the maps: higher is better. */
  readonly maps: readonly OfStarts[];
}

/**
 * Insertion less deletion as in `causal`, in few steps, from several starts: deletion goes from the photo to the start, insertion back. A step
 * replaces the same number of pixels, and the last one what is left. Throws BAD_OPTION, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function starts(
  scorer: Scorer,
  maps: readonly ArrayLike<number>[],
  target: number,
  { steps = STEPS, other, ...options }: StartsOptions = {},
): Promise<StartsResult> {
  const { input } = scorer.teacher;
  const step = Math.floor((input.height * input.width) / steps);
  const between = Array.from({ length: steps - 1 }, (_, i) => (i + 1) * step);
  const wanted: StartImage[] = ["blur", "strong", ...(other ? (["other"] as const) : [])];
  const sources = { grey: GREY, ...Object.fromEntries(wanted.map((name, at) => [name, FIRST_IMAGE + at])) };
  const names = (["blur", "grey", "strong", "other"] as const).filter((name) => name in sources);
  const sourceOf = (name: keyof OfStarts) => (sources as Record<keyof OfStarts, number>)[name];
  const path = (map: number, stays: number, comes: number) => between.map((count): Job => [map, count, stays, comes]);
  const jobs: Job[] = [
    ...[PHOTO, ...names.map(sourceOf)].map((source): Job => [0, 0, source, source]),
    ...maps.flatMap((_, map) => names.flatMap((name) => [...path(map, PHOTO, sourceOf(name)), ...path(map, sourceOf(name), PHOTO)])),
  ];
  const images = await startImages(scorer, wanted, other);
  try {
    return gather(names, steps, await scoreSteps(scorer, maps, images, jobs, target, options), maps.length, target);
  } finally {
    images.dispose();
  }
}

/** Areas from the probabilities of the jobs, in their order. */
function gather(
  names: readonly (keyof OfStarts)[],
  steps: number,
  probabilities: readonly number[],
  count: number,
  target: number,
): StartsResult {
  const [original, ...ends] = probabilities as [number, ...number[]];
  const inner = (curve: number) => {
    const from = 1 + names.length + curve * (steps - 1);
    return probabilities.slice(from, from + steps - 1);
  };
  const difference = (map: number, start: number) => {
    const [curve, end] = [2 * (map * names.length + start), ends[start] as number];
    return area([end, ...inner(curve + 1), original]) - area([original, ...inner(curve), end]);
  };
  const each = (value: (start: number) => number) => Object.fromEntries(names.map((name, at) => [name, value(at)])) as unknown as OfStarts;
  return {
    ...{ target, steps },
    ends: { original, ...each((start) => ends[start] as number) },
    maps: Array.from({ length: count }, (_, map) => each((start) => difference(map, start))),
  };
}

/** Of a curve of equal steps. */
const area = (curve: readonly number[]) =>
  areaUnder(
    curve.map((_, i) => i),
    curve,
  );

const PARAMETERS = {
  steps: { value: STEPS, low: 2, high: 1000, whole: true, what: "steps of a curve" },
} as const satisfies Record<string, Parameter>;

const OF_STARTS = { blur: "number", grey: "number", strong: "number", "other?": "number" } as const satisfies Form;

export const startsMetric = {
  name: "starts",
  title: "Insertion less deletion from four starts",
  what: "insertion less deletion between the photo and a blur, the mean grey, a strong blur and another photo",
  parameters: PARAMETERS,
  reads: "other",
  measures: [
    { name: "fromBlur", title: "from blur", better: "higher", of: ({ blur }) => blur },
    { name: "fromGrey", title: "from grey", better: "higher", of: ({ grey }) => grey },
    { name: "fromStrong", title: "from strong blur", better: "higher", of: ({ strong }) => strong },
    { name: "fromOther", title: "from other photo", better: "higher", of: ({ other }) => other ?? Number.NaN },
  ],
  forms: { scores: OF_STARTS, shared: { steps: "count", ends: { original: "number", ...OF_STARTS } } },
  run: ({ scorer, maps, target, other, settings: { steps }, signal, onProgress }) =>
    starts(scorer, maps, target, { steps, other, signal, onProgress }),
} as const satisfies MetricDefinition<typeof PARAMETERS, OfStarts, StartsResult>;
