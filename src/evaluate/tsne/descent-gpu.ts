/** Moves the points of t-SNE on the GPU. */
import type { Engine } from "../../engine/engine.ts";
import { type Plan, PlanBuilder, type StepHandle } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import * as kernels from "../../shaders/index.ts";
import { type DescentOptions, EXPLORATION, EXPLORING, ITERATIONS, SETTLING } from "./descent.ts";

/** Iterations of one plan; both phases are multiples of it. */
const STRIDE = 50;
/** Parts of the sum over all points: work enough for a GPU's threads. */
const SLICES = 16;
/** Where points that pad the last ones lie: their squared distance is still a number, and its inverse next to nothing. */
const FAR = 1e18;

/** Moves the points of the plane (points x 2) by the engine's kernels; `affinities`: stride x stride, as findAffinities writes them. */
export async function descendOnGpu(
  engine: Engine,
  affinities: Tensor,
  start: Float32Array,
  rate: number,
  options: DescentOptions,
): Promise<Float32Array> {
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
        for (const step of steps) plan.set(step, SETTLING);
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
  const slices = Math.min(SLICES, stride4);
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
        uniforms: { points, stride4, slices, rate, ...EXPLORING },
        threads: [1],
        flops: stride * (5 * slices + 24),
      }),
    );
  }
  return steps;
}
