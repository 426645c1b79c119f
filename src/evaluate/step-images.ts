/** Scores step images: photos whose most salient pixels by a map come from another image. */
import { type Plan, PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { sizeConstants } from "../nets/input-spec.ts";
import * as kernels from "../shaders/index.ts";
import { uploadRanks } from "./ranks.ts";
import type { ScoreOptions, Scorer } from "./scorer.ts";

/** What a step image shows: the photo, the mean grey, and from FIRST_IMAGE on images that are given. */
export const [PHOTO, GREY, FIRST_IMAGE] = [0, 1, 2];

/** A step image: the map, how many pixels are replaced, what those show that stay, and what the others. */
export type Job = readonly [map: number, replaced: number, stays: number, comes: number];

/**
 * The target's probability in every step image, in their order. `images`: images x height x width x 4, where jobs show any. Throws BAD_OPTION,
 * ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function scoreSteps(
  scorer: Scorer,
  maps: readonly ArrayLike<number>[],
  images: Tensor | undefined,
  jobs: readonly Job[],
  target: number,
  options: ScoreOptions,
): Promise<number[]> {
  const { engine, batch, teacher } = scorer;
  const { input } = teacher;
  const ranks = uploadRanks(engine, maps, input);
  const list = engine.tensor("step images", [jobs.length, 4], Uint32Array.from(jobs.flat()));
  try {
    const plan = new PlanBuilder(engine, "perturb");
    const replace = plan.dispatch(kernels.replacePixels, {
      bindings: { ranks, photo: scorer.photo, images: images ?? engine.nothing, jobs: list, out: scorer.images },
      uniforms: { samples: batch, first_job: 0, jobs: jobs.length },
      threads: [input.width, input.height, batch],
      constants: sizeConstants(input),
    });
    const draw = (compiled: Plan, first: number) => compiled.set(replace, { first_job: first });
    const scores = await scorer.score(plan, draw, jobs.length, target, options);
    return scores.map(({ probability }) => probability);
  } finally {
    ranks.dispose();
    list.dispose();
  }
}
