/** t-SNE of the rows of a matrix, from distances to the finished plane. */
import type { Engine } from "../../engine/engine.ts";
import { EngineError } from "../../engine/errors.ts";
import { PlanBuilder, type RunOptions } from "../../engine/plan.ts";
import { roundUp, type Tensor } from "../../engine/tensor.ts";
import * as kernels from "../../shaders/index.ts";
import { type DescentOptions, EXAGGERATION, ITERATIONS } from "./descent.ts";
import { descendOnCpu } from "./descent-cpu.ts";
import { descendOnGpu } from "./descent-gpu.ts";
import { principalComponents } from "./principal.ts";

/** scikit-learn's default, of its version 1.9. */
export const PERPLEXITY = 30;
const LEAST_RATE = 50;
/** Standard deviation of the first principal component where the points start. */
const START = 1e-4;

export interface TsneOptions extends DescentOptions {
  /** Effective number of neighbours, above 1 and below the number of rows; 30 by default. */
  perplexity?: number | undefined;
  /** Where points move: on the GPU, but for software adapters: SwiftShader works four times as much on it as plain code does. */
  descent?: "gpu" | "cpu" | undefined;
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
    const shares = await affinities.read();
    const descent = options.descent ?? (engine.adapter.software ? "cpu" : "gpu");
    const points =
      descent === "gpu"
        ? await descendOnGpu(engine, affinities, start, rate, options)
        : await descendOnCpu(shares, stride, start, rate, options);
    const divergence = engine.work("divergence", () => divergenceOf(shares, stride, points));
    return { points, divergence, perplexity, iterations: ITERATIONS, rate };
  } finally {
    gram.dispose();
    affinities.dispose();
  }
}

/** Throws BAD_OPTION where there are not enough rows for this number of neighbours. */
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
