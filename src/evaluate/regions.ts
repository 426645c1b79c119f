/** The metric `regions`: whether the map's sum in rectangles goes with the drops that hiding them causes. */
import { uniformSequence } from "../engine/random.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Parameter } from "../explain/method.ts";
import { pearson } from "../explain/rank-correlation.ts";
import type { Size } from "../nets/input-spec.ts";
import { dropsOf, sumsIn } from "./hidden-rectangles.ts";
import type { MetricDefinition } from "./metric.ts";
import type { Box } from "./pointing.ts";
import { checkMap } from "./ranks.ts";
import type { ScoreOptions, Scorer } from "./scorer.ts";
import { startImages } from "./start-images.ts";

/** Stream of the rectangles. */
const STREAM_RECTANGLES = 30;
const RECTANGLES = 96;
/** Of the photo. */
const AREA = 0.2;
/** Height over width, or width over height, at most, of a square photo. */
const MOST_STRETCHED = 2;

export interface RegionsOptions extends ScoreOptions {
  /** Of the rectangles; 0 by default. */
  seed?: number | undefined;
  /** Number of rectangles, 96 by default. */
  rectangles?: number | undefined;
  /** Another photo, as the scorer has the one that is judged: height x width x 4, normalised. */
  other?: Tensor | undefined;
}

export interface RegionsScores {
  /** Mean of the fills' correlations: higher is better. */
  readonly correlation: number;
  /** Pearson's correlation by what rectangles are filled with; 0 where sums or drops are all the same. */
  readonly fills: { readonly grey: number; readonly strong: number; readonly other?: number };
}

export interface RegionsResult {
  readonly target: number;
  readonly rectangles: number;
  /** In the order of the maps. */
  readonly maps: readonly RegionsScores[];
}

/**
 * Rectangles of a fifth of the photo, from twice as high as wide to twice as wide as high (of other photos than square ones, in proportion): the
 * logarithm of that ratio is uniform, and so is the place.
 */
export function randomRectangles(seed: number, count: number, { height, width }: Size): Box[] {
  const u = uniformSequence(seed, STREAM_RECTANGLES, 3 * count);
  return Array.from({ length: count }, (_, i) => {
    const [shape, down, across] = u.slice(3 * i, 3 * i + 3) as [number, number, number];
    const stretch = Math.exp(((2 * shape - 1) * Math.log(MOST_STRETCHED)) / 2);
    const high = Math.max(1, Math.round(height * Math.sqrt(AREA) * stretch));
    const wide = Math.max(1, Math.round((width * Math.sqrt(AREA)) / stretch));
    const [top, left] = [Math.floor(down * (height - high + 1)), Math.floor(across * (width - wide + 1))];
    return { left, top, right: left + wide, bottom: top + high };
  });
}

/**
 * How the sum of a map in a rectangle goes with the drop of the target's probability when the rectangle is hidden: by the mean grey, by the photo
 * strongly blurred, by another photo. Throws BAD_OPTION, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function regions(
  scorer: Scorer,
  maps: readonly ArrayLike<number>[],
  target: number,
  { seed = 0, rectangles: count = RECTANGLES, other, ...options }: RegionsOptions = {},
): Promise<RegionsResult> {
  const { input } = scorer.teacher;
  maps.forEach((map, i) => {
    checkMap(map, input, `Map ${i + 1}`);
  });
  const rectangles = randomRectangles(seed, count, input);
  const names = ["strong", ...(other ? (["other"] as const) : [])] as const;
  const images = await startImages(scorer, names, other);
  try {
    const drops = await dropsOf(scorer, rectangles, images, target, options);
    const judge = (map: ArrayLike<number>): RegionsScores => {
      const sums = sumsIn(map, input, rectangles);
      const found = drops.map((of) => pearson(sums, of) || 0);
      const fills = Object.fromEntries(["grey", ...names].map((name, fill) => [name, found[fill]]));
      return { correlation: mean(found), fills: fills as unknown as RegionsScores["fills"] };
    };
    return { target, rectangles: count, maps: maps.map((map) => scorer.engine.work("regions", () => judge(map))) };
  } finally {
    images.dispose();
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const PARAMETERS = {
  rectangles: { value: RECTANGLES, low: 2, high: 100_000, whole: true, what: "number of rectangles" },
} as const satisfies Record<string, Parameter>;

export const regionsMetric = {
  name: "regions",
  title: "Regions",
  what: "correlation of the map's sum in hidden rectangles with the drop of the target's probability, by three fills",
  parameters: PARAMETERS,
  reads: "other",
  measures: [{ name: "regions", title: "regions", better: "higher", of: ({ correlation }) => correlation }],
  forms: {
    scores: { correlation: "number", fills: { grey: "number", strong: "number", "other?": "number" } },
    shared: { rectangles: "count" },
  },
  run: ({ scorer, maps, target, other, settings: { rectangles, seed }, signal, onProgress }) =>
    regions(scorer, maps, target, { rectangles, seed, other, signal, onProgress }),
} as const satisfies MetricDefinition<typeof PARAMETERS, RegionsScores, RegionsResult>;
