/** The metric `infidelity`: whether the map's sum in a square says what hiding the square does. */
import { pcg4d } from "../engine/random.ts";
import type { Parameter } from "../explain/method.ts";
import { type InputSpec, pixelUnit } from "../nets/input-spec.ts";
import { dropsOf, sumsIn } from "./hidden-rectangles.ts";
import type { MetricDefinition } from "./metric.ts";
import type { Box } from "./pointing.ts";
import { checkMap } from "./ranks.ts";
import type { ScoreOptions, Scorer } from "./scorer.ts";

/** Stream of the squares. */
const STREAM_SQUARES = 23;
const SAMPLES = 200;
/** Least and largest side of a square, in pixels of 224: the 1 to 10 of 28 that the authors' code takes for digits. */
const SIDES = [8, 80] as const;

export interface InfidelityOptions extends ScoreOptions {
  /** Of the squares; 0 by default. */
  seed?: number | undefined;
  /** Number of squares, 200 by default. */
  samples?: number | undefined;
}

export interface InfidelityScores {
  /** Mean of (beta I^T map - (p(x) - p(x - I)))^2 over the squares: lower is better, in squared probabilities. */
  readonly infidelity: number;
  /** The same over what a map of zeros has: 0 explains every drop, 1 none. Comparable between photos. */
  readonly relative: number;
  /** The scale that fits the map best; below 0 where hiding what the map marks raises the probability. */
  readonly scale: number;
}

export interface InfidelityResult {
  readonly target: number;
  readonly samples: number;
  /** In the order of the maps. */
  readonly maps: readonly InfidelityScores[];
}

/** A part of the photo, in pixels. */
export interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/**
 * Squares of sides from 8 to 80 pixels of 224 that lie within the photo, all sides and then all places being equally likely; none is longer
 * than the photo's shorter side.
 */
export function randomSquares(seed: number, count: number, input: InputSpec): Square[] {
  const { height, width } = input;
  const [low, high] = SIDES.map((side) => Math.min(Math.max(1, Math.round(side * pixelUnit(input))), height, width)) as [number, number];
  return Array.from({ length: count }, (_, i) => {
    const [a, b, c] = pcg4d(seed, STREAM_SQUARES, i, 0).map((bits) => bits / 2 ** 32) as [number, number, number, number];
    const side = low + Math.floor(a * (high - low + 1));
    return { side, left: Math.floor(b * (width - side + 1)), top: Math.floor(c * (height - side + 1)) };
  });
}

/**
 * Infidelity (Yeh et al. 2019, "On the (in)fidelity and sensitivity of explanations", definition 2.1) under square removal: how far what
 * the map says of a hidden square, its sum there, is from the drop of the target's probability. As in the authors' code I is 1 in the
 * square, the map being a share of the verdict and not a gradient, and every map is scaled as fits best, so that its unit does not count.
 * Throws BAD_OPTION, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function infidelity(
  scorer: Scorer,
  maps: readonly ArrayLike<number>[],
  target: number,
  { seed = 0, samples = SAMPLES, ...options }: InfidelityOptions = {},
): Promise<InfidelityResult> {
  const { engine, teacher } = scorer;
  const { input } = teacher;
  maps.forEach((map, i) => {
    checkMap(map, input, `Map ${i + 1}`);
  });
  const squares = randomSquares(seed, samples, input).map(boxOf);
  const [drops] = (await dropsOf(scorer, squares, undefined, target, options)) as [number[]];
  return { target, samples, maps: maps.map((map) => engine.work("infidelity", () => judge(sumsIn(map, input, squares), drops))) };
}

function boxOf({ left, top, side }: Square): Box {
  return { left, top, right: left + side, bottom: top + side };
}

/** `said`: the map's sum in every square. */
function judge(said: readonly number[], drops: readonly number[]): InfidelityScores {
  const mean = (value: (i: number) => number) => drops.reduce((sum, _, i) => sum + value(i), 0) / drops.length;
  const drop = (i: number) => drops[i] as number;
  const share = (i: number) => said[i] as number;
  const power = mean((i) => share(i) ** 2);
  const scale = power > 0 ? mean((i) => share(i) * drop(i)) / power : 0;
  const infidelity = mean((i) => (scale * share(i) - drop(i)) ** 2);
  return { infidelity, relative: infidelity / mean((i) => drop(i) ** 2), scale };
}

const PARAMETERS = {
  samples: { value: SAMPLES, low: 1, high: 100_000, whole: true, what: "number of squares" },
} as const satisfies Record<string, Parameter>;

export const infidelityMetric = {
  name: "infidelity",
  title: "Infidelity",
  what: "how far the map's sum in hidden squares is from the drop of the target's probability (Yeh et al. 2019)",
  parameters: PARAMETERS,
  measures: [{ name: "infidelity", title: "infidelity", better: "lower", of: ({ relative }) => relative }],
  forms: { scores: { infidelity: "number", relative: "number", scale: "number" }, shared: { samples: "count" } },
  run: ({ scorer, maps, target, settings: { samples, seed }, ...options }) =>
    infidelity(scorer, maps, target, { ...options, seed, samples }),
} as const satisfies MetricDefinition<typeof PARAMETERS, InfidelityScores, InfidelityResult>;
