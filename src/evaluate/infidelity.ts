/** The metric `infidelity`: whether the map's sum in a square says what hiding the square does. */
import { PlanBuilder } from "../engine/plan.ts";
import { pcg4d } from "../engine/random.ts";
import type { Parameter } from "../explain/method.ts";
import { type InputSpec, pixelUnit, type Size, sizeConstants } from "../nets/input-spec.ts";
import * as kernels from "../shaders/index.ts";
import type { MetricDefinition } from "./metric.ts";
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
  const { engine, teacher, batch } = scorer;
  const { input } = teacher;
  maps.forEach((map, i) => {
    checkMap(map, input, `Map ${i + 1}`);
  });
  const squares = randomSquares(seed, samples, input);
  // The first hides nothing.
  const table = [0, 0, 0, 0, ...squares.flatMap(({ left, top, side }) => [left, top, side, 0])];
  const list = engine.tensor("squares", [1 + samples, 4], Uint32Array.from(table));
  try {
    const plan = new PlanBuilder(engine, "perturb");
    const hide = plan.dispatch(kernels.hideSquares, {
      bindings: { photo: scorer.photo, squares: list, out: scorer.images },
      uniforms: { samples: batch, first_square: 0, squares: 1 + samples },
      threads: [input.width, input.height, batch],
      constants: sizeConstants(input),
    });
    const scores = await scorer.score(plan, (compiled, first) => compiled.set(hide, { first_square: first }), 1 + samples, target, options);
    const [whole, ...parts] = scores.map(({ probability }) => probability) as [number, ...number[]];
    const drops = parts.map((part) => whole - part);
    return { target, samples, maps: maps.map((map) => engine.work("infidelity", () => judge(sumsIn(map, input, squares), drops))) };
  } finally {
    list.dispose();
  }
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

/** The map's sum in every square, from its sums over all rectangles that start at the upper left corner. */
function sumsIn(map: ArrayLike<number>, { height, width }: Size, squares: readonly Square[]): number[] {
  const stride = width + 1;
  const sums = new Float64Array((height + 1) * stride);
  for (let y = 0; y < height; y++) {
    let line = 0;
    for (let x = 0; x < width; x++) {
      line += map[y * width + x] as number;
      sums[(y + 1) * stride + x + 1] = (sums[y * stride + x + 1] as number) + line;
    }
  }
  const upTo = (x: number, y: number) => sums[y * stride + x] as number;
  return squares.map(({ left, top, side }) => {
    const [right, bottom] = [left + side, top + side];
    return upTo(right, bottom) - upTo(left, bottom) - upTo(right, top) + upTo(left, top);
  });
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
