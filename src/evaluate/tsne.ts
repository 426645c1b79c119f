import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import { type Plan, PlanBuilder, type RunOptions, type StepHandle } from "../engine/plan.ts";
import { roundUp, type Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";
import { principalComponents } from "./principal.ts";

/** scikit-learn's defaults, of its version 1.9. */
export const PERPLEXITY = 30;
export const ITERATIONS = 1000;
/** Iterations at the start that exaggerate affinities, so that clusters form early, and move with less momentum. */
const EXPLORATION = 250;
const EXAGGERATION = 12;
const MOMENTUM = { exploring: 0.5, settling: 0.8 };
const LEAST_RATE = 50;
/** Standard deviation of the first principal component where the points start. */
const START = 1e-4;

/** Iterations of one plan; both phases are multiples of it. */
const STRIDE = 50;
/** Parts of the sum over all points: work enough for a GPU's threads, little to add up again elsewhere. */
const GPU_SLICES = 16;
const SOFTWARE_SLICES = 2;
/** Where points that pad the last ones lie: their squared distance is still a number, and its inverse next to nothing. */
const FAR = 1e18;

export interface TsneOptions extends RunOptions {
  /** Effective number of neighbours, above 1 and below the number of rows; 30 by default. */
  perplexity?: number | undefined;
  onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface TsneResult {
  /** Rows x 2. */
  points: Float32Array;
  /** Kullback-Leibler divergence of the embedding's affinities from the rows', in nats: what was minimised. */
  divergence: number;
  perplexity: number;
  iterations: number;
  rate: number;
}

/**
 * The rows of a matrix (rows x columns, columns a multiple of 4) as points of a plane that keep near rows near: exact t-SNE (van der Maaten
 * & Hinton 2008) with scikit-learn's settings, started from the first two principal components, so the same rows give the same points. The
 * matrix is centred in place. Throws BAD_OPTION, LIMIT, OUT_OF_MEMORY, ABORTED, DEVICE_LOST.
 */
export async function tsne(engine: Engine, matrix: Tensor, options: TsneOptions = {}): Promise<TsneResult> {
  const [rows] = matrix.shape as [number];
  const { perplexity = PERPLEXITY } = options;
  checkPerplexity(rows, perplexity);
  const stride = roundUp(rows, 8);
  const gram = engine.tensor("Gram matrix", [rows, stride]);
  const affinities = engine.tensor("affinities", [stride, stride]);
  try {
    await findAffinities(engine, matrix, gram, affinities, perplexity, options);
    const products = await gram.read();
    const start = engine.work("principal components", () => startOf(products, rows, stride));
    const rate = Math.max(rows / EXAGGERATION / 4, LEAST_RATE);
    const points = await descend(engine, affinities, start, rate, options);
    const shares = await affinities.read();
    const divergence = engine.work("divergence", () => divergenceOf(shares, stride, points));
    return { points, divergence, perplexity, iterations: ITERATIONS, rate };
  } finally {
    gram.dispose();
    affinities.dispose();
  }
}

/** Throws BAD_OPTION where so many rows do not have so many neighbours. */
export function checkPerplexity(rows: number, perplexity: number = PERPLEXITY): void {
  if (perplexity > 1 && perplexity < rows) return;
  throw new EngineError(
    "BAD_OPTION",
    `The perplexity is ${perplexity}, of ${rows} images.`,
    "Give a number above 1 and below the number of images, or draw more of them.",
  );
}

async function findAffinities(engine: Engine, x: Tensor, gram: Tensor, out: Tensor, perplexity: number, options: RunOptions) {
  const [rows, stride] = gram.shape as [number, number];
  const columns4 = x.size / rows / 4;
  const pairs = { threads: [stride / 4, rows] as const, flops: rows * stride * 8 };
  const plan = new PlanBuilder(engine, "affinities");
  plan.dispatch(kernels.center, { bindings: { x }, uniforms: { rows, columns4 }, threads: [columns4], flops: 2 * x.size });
  plan.dispatch(kernels.gram, {
    bindings: { x, gram },
    uniforms: { rows, inner4: columns4, stride4: stride / 4 },
    threads: [stride / 4, stride / 4],
    flops: rows * x.size,
  });
  const distances = plan.temporary("squared distances", [rows, stride]);
  plan.dispatch(kernels.squaredDistances, { bindings: { gram, out: distances }, uniforms: { rows, stride4: stride / 4 }, ...pairs });
  const bandwidths = plan.temporary("bandwidths", [rows, 4]);
  plan.dispatch(kernels.tsneBandwidths, {
    bindings: { distances, bandwidths },
    uniforms: { points: rows, stride, perplexity },
    threads: [rows],
    flops: rows * rows * 400,
  });
  plan.dispatch(kernels.tsneAffinities, {
    bindings: { distances, bandwidths, out },
    uniforms: { points: rows, stride4: stride / 4 },
    ...pairs,
  });
  await plan.once(options);
}

/** The first two principal components, scaled to where the descent starts: rows x 2. */
function startOf(gram: Float32Array, rows: number, stride: number): Float32Array {
  const components = principalComponents(gram, rows, stride);
  let square = 0;
  for (let i = 0; i < rows; i++) square += (components[2 * i] as number) ** 2;
  const deviation = Math.sqrt(square / rows);
  return Float32Array.from(components, (value) => (deviation > 0 ? (value / deviation) * START : 0));
}

async function descend(engine: Engine, affinities: Tensor, start: Float32Array, rate: number, options: TsneOptions): Promise<Float32Array> {
  const [stride] = affinities.shape as [number];
  const count = start.length / 2;
  const still = Float32Array.from({ length: 4 * stride }, (_, i) => (i & 8 ? 1 : 0));
  const positions = engine.tensor("points", [stride, 2], interleaved(start, stride));
  const motion = engine.tensor("motion", [stride, 4], still);
  const builder = new PlanBuilder(engine, "t-SNE");
  const steps = appendIterations(builder, affinities, positions, motion, count, rate);
  let plan: Plan | undefined;
  try {
    plan = await builder.compile();
    for (let done = 0; done < ITERATIONS; done += STRIDE) {
      if (done === EXPLORATION) {
        for (const step of steps) plan.set(step, { exaggeration: 1, momentum: MOMENTUM.settling });
        motion.write(still);
      }
      await plan.run(options);
      options.onProgress?.(done + STRIDE, ITERATIONS);
    }
    const places = await positions.read();
    return Float32Array.from(start, (_, i) => places[place(i >> 1, i & 1)] as number);
  } finally {
    plan?.dispose();
    positions.dispose();
    motion.dispose();
  }
}

/** Where a coordinate of a point is kept: x of 4 points, then y of them. */
function place(point: number, axis: number): number {
  return 8 * (point >> 2) + 4 * axis + (point & 3);
}

function interleaved(points: Float32Array, stride: number): Float32Array {
  const places = new Float32Array(2 * stride).fill(FAR);
  for (let i = 0; i < points.length; i++) places[place(i >> 1, i & 1)] = points[i] as number;
  return places;
}

function appendIterations(plan: PlanBuilder, affinities: Tensor, positions: Tensor, motion: Tensor, points: number, rate: number) {
  const [stride] = affinities.shape as [number];
  const stride4 = stride / 4;
  const slices = Math.min(plan.engine.adapter.software ? SOFTWARE_SLICES : GPU_SLICES, stride4);
  const forces = plan.temporary("forces", [slices, 5, stride]);
  const steps: StepHandle<typeof kernels.tsneStep>[] = [];
  for (let iteration = 0; iteration < STRIDE; iteration++) {
    plan.dispatch(kernels.tsneForces, {
      bindings: { affinities, positions, forces },
      uniforms: { stride4, slice4: Math.ceil(stride4 / slices) },
      threads: [stride4 / 2, slices],
      flops: stride * stride * 18,
    });
    steps.push(
      plan.dispatch(kernels.tsneStep, {
        bindings: { forces, positions, motion },
        uniforms: { points, stride4, slices, exaggeration: EXAGGERATION, momentum: MOMENTUM.exploring, rate },
        threads: [1],
        flops: stride * (5 * slices + 24),
      }),
    );
  }
  return steps;
}

/** KL(P || Q) = sum p log p - sum p log q + log sum q, q not normalised. */
function divergenceOf(affinities: Float32Array, stride: number, points: Float32Array): number {
  const count = points.length / 2;
  let [cross, total] = [0, 0];
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const [dx, dy] = [
        (points[2 * i] as number) - (points[2 * j] as number),
        (points[2 * i + 1] as number) - (points[2 * j + 1] as number),
      ];
      const q = 1 / (1 + dx * dx + dy * dy);
      const p = affinities[i * stride + j] as number;
      if (p > 0) cross += 2 * p * Math.log(p / q);
      total += 2 * q;
    }
  }
  return cross + Math.log(total);
}
