import { smoothMask, smoothMaskStep } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const SLOW = "the interpreter would take minutes";
const TEMPERATURE = 20;

type Pair = readonly [x: number, y: number];

interface Mask {
  /** Nodes. */
  grid: Pair;
  /** Pixels. */
  full: Pair;
  /** Nodes before the grid that the first pixel's window begins with. */
  first: number;
  /** Pixels between nodes and nodes of a window, odd: 2 and 3 where absent, since the method's own make 63 x 63 weights. */
  step?: number;
  window?: number;
}

/** Weights, some 0 and some 1 as the method's are. */
function nodeWeights(random: Random, { step = 2, window = 3 }: Mask): Float32Array<ArrayBuffer> {
  return random.floats((step * window) ** 2, -0.3, 1.3).map((weight) => Math.min(Math.max(weight, 0), 1));
}

/** Of every pixel: value of each node in its window, and where node and weight are; nodes beyond the grid are -1. */
function windows({ grid, full, first, step = 2, window = 3 }: Mask, parameters: ArrayLike<number>, weights: ArrayLike<number>) {
  return Array.from({ length: full[0] * full[1] }, (_, at) => {
    const [x, y] = [at % full[0], Math.floor(at / full[0])];
    return Array.from({ length: window * window }, (_, k) => {
      const [column, row] = [Math.floor(x / step) - first + (k % window), Math.floor(y / step) - first + Math.floor(k / window)];
      // The first entry is of a pixel as far before the node as the window reaches.
      const place = (pixel: number, node: number) => pixel - step * (node + first - window + 1);
      const entry = place(y, row) * step * window + place(x, column);
      const node = column >= 0 && column < grid[0] && row >= 0 && row < grid[1] ? row * grid[0] + column : -1;
      return { node, entry, value: node < 0 ? 0 : (weights[entry] as number) * (parameters[node] as number) };
    });
  });
}

function smoothMaximum(values: readonly number[]): { mask: number; sum: number } {
  const shares = values.map((value) => Math.exp(TEMPERATURE * (value - 1)));
  const sum = shares.reduce((total, share) => total + share, 0);
  return { mask: values.reduce((total, value, k) => total + (shares[k] as number) * value, 0) / sum, sum };
}

const nodesOf = ({ grid }: Mask) => grid[0] * grid[1];

/** Constants of both kernels, and the uniforms that they share. */
function settings({ grid, full, first, step = 2, window = 3 }: Mask) {
  return { uniforms: { grid_x: grid[0], full_x: full[0], full_y: full[1], first }, constants: { STEP: step, WINDOW: window } };
}

function smoothMaskCase(name: string, seed: number, shape: Mask, parameters = new Random(seed).floats(nodesOf(shape), 0, 1)): KernelCase {
  const weights = nodeWeights(new Random(seed + 1000), shape);
  const pixels = windows(shape, parameters, weights).map((window) => smoothMaximum(window.map(({ value }) => value)));
  const { uniforms, constants } = settings(shape);
  return kernelCase(smoothMask, name, {
    read: { parameters, weights },
    written: { mask: { expected: pixels.map(({ mask }) => mask) }, sums: { expected: pixels.map(({ sum }) => sum) } },
    uniforms: { ...uniforms, grid_y: shape.grid[1] },
    constants,
    threads: [...shape.full],
    // WGSL lets an exponential be wrong by 3 + 2 |x| units in the last place; its exponent of up to 20 is rounded before, too.
    tolerance: roundings((shape.window ?? 3) ** 2 + 5 * TEMPERATURE),
  });
}

interface Descent extends Mask {
  rate: number;
  keep: number;
  take: number;
  parameter?: number;
}

function smoothMaskStepCase(name: string, seed: number, { rate, keep, take, parameter, ...shape }: Descent): KernelCase {
  const random = new Random(seed);
  const weights = nodeWeights(random, shape);
  const parameters = random.floats(nodesOf(shape), 0, 1).map((value) => parameter ?? value);
  const velocity = random.floats(nodesOf(shape));
  const gradient = random.floats(shape.full[0] * shape.full[1]);
  const slopes = new Float64Array(nodesOf(shape));
  const pixels = windows(shape, parameters, weights).map((window, at) => {
    const { mask, sum } = smoothMaximum(window.map(({ value }) => value));
    for (const { node, entry, value } of window) {
      if (node < 0) continue;
      const share = Math.exp(TEMPERATURE * (value - 1)) / sum;
      const slope = (weights[entry] as number) * share * (1 + TEMPERATURE * (value - mask));
      slopes[node] = (slopes[node] as number) + (gradient[at] as number) * slope;
    }
    return { mask, sum };
  });
  const next = slopes.map((slope, node) => keep * (velocity[node] as number) + take * slope);
  const moved = next.map((step, node) => Math.min(Math.max((parameters[node] as number) - rate * step, 0), 1));
  const { uniforms, constants } = settings(shape);
  const entries = ((shape.step ?? 2) * (shape.window ?? 3)) ** 2;
  // Fewer threads than columns, so that they take turns.
  const workgroup = entries > 64 ? 32 : 4;
  const descent = { uniforms: { ...uniforms, rate, keep, take }, constants: { ...constants, WORKGROUP_X: workgroup } };
  return kernelCase(smoothMaskStep, name, {
    read: {
      gradient,
      weights,
      mask: Float32Array.from(pixels, ({ mask }) => mask),
      sums: Float32Array.from(pixels, ({ sum }) => sum),
    },
    written: { parameters: { initial: parameters, expected: moved }, velocity: { initial: velocity, expected: next } },
    ...descent,
    threads: [workgroup * shape.grid[0], shape.grid[1]],
    // As many terms as pixels see the node; the mask, about 1, was rounded before 20 multiplied it.
    tolerance: sumTolerance(entries, 4),
  });
}

export const smoothMaskCases: KernelCase[] = [
  smoothMaskCase("a grid smaller than the window", 11, { grid: [1, 1], full: [5, 5], first: 2 }),
  smoothMaskCase("windows beyond the grid on all sides", 12, { grid: [4, 3], full: [17, 11], first: 3 }),
  smoothMaskCase("more nodes than pixels want", 13, { grid: [5, 7], full: [4, 6], first: 1, step: 3 }),
  smoothMaskCase(
    "parameters of 0 and 1 only",
    14,
    { grid: [4, 4], full: [9, 9], first: 2, window: 5 },
    new Random(15).floats(16, 0, 2).map(Math.floor),
  ),
  { ...smoothMaskCase("the method's own sizes", 16, { grid: [32, 32], full: [260, 260], first: 7, step: 7, window: 9 }), gpuOnly: SLOW },
  smoothMaskCase("higher than wide, more than one workgroup", 17, { grid: [2, 6], full: [5, 21], first: 2, step: 3 }),

  smoothMaskStepCase("the first step takes all of the gradient", 21, {
    grid: [1, 1],
    full: [5, 5],
    first: 2,
    rate: 0.01,
    keep: 0,
    take: 1,
  }),
  smoothMaskStepCase("momentum and dampening", 22, { grid: [3, 2], full: [13, 9], first: 3, rate: 0.5, keep: 0.9, take: 0.1 }),
  smoothMaskStepCase("more nodes than pixels want", 23, { grid: [3, 3], full: [4, 5], first: 1, step: 3, rate: 0.2, keep: 0.5, take: 0.3 }),
  smoothMaskStepCase("parameters that leave [0, 1]", 24, {
    grid: [2, 2],
    full: [9, 9],
    first: 2,
    rate: 9,
    keep: 0.9,
    take: 0.1,
    parameter: 1,
  }),
  {
    ...smoothMaskStepCase("the method's own sizes", 25, {
      ...{ grid: [32, 32], full: [260, 260], first: 7, step: 7, window: 9 },
      ...{ rate: 0.01, keep: 0.9, take: 0.1 },
    }),
    gpuOnly: SLOW,
  },
  smoothMaskStepCase("higher than wide", 26, {
    ...{ grid: [2, 5], full: [5, 19], first: 2, step: 3 },
    ...{ rate: 0.1, keep: 0.9, take: 0.1 },
  }),
];
