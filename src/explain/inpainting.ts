import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";
import { appendBlur } from "./blur.ts";

/** Side of the inpainted image; a cell is 4 x 4 pixels. */
export const INPAINTED_SIZE = 56;
/** Standard deviations of the two Gaussians in cells. The wide one reaches into holes of any size that gates leave. */
const NEAR_SIGMA = 3;
const WIDE_SIGMA = 12;
/** Of the wide Gaussian beside the near one, and of the mean colour beside both. */
const WIDE_WEIGHT = 0.01;
const MEAN_WEIGHT = 1e-6;

interface Inpainting {
  batch: number;
  /** 224 x 224 x 4 in [0, 1]. */
  photo: Tensor;
  /** batch x 52. */
  gates: Tensor;
  /** In [0, 1]. */
  mean: readonly [number, number, number];
  /** batch x 56 x 56 x 4. */
  out: Tensor;
}

/**
 * Fills for what gates hide, made from what they keep alone: at every place the mean colour of the kept part around it, weighed by two
 * Gaussians of the distance. Nothing of the hidden part shows through, and neither does a colour that is foreign to the photo.
 */
export function appendInpainting(plan: PlanBuilder, { batch, photo, gates, mean, out }: Inpainting): void {
  const shape = [batch, INPAINTED_SIZE, INPAINTED_SIZE, 4];
  const vectors = batch * INPAINTED_SIZE ** 2;
  const kept = plan.temporary("kept part", shape);
  plan.dispatch(kernels.keptPart, {
    bindings: { photo, gates, out: kept },
    uniforms: { samples: batch },
    threads: [INPAINTED_SIZE, INPAINTED_SIZE, batch],
    flops: vectors * 16 * 30,
  });
  const half = plan.temporary("kept part, blurred along x", shape);
  const near = plan.temporary("kept part, near", shape);
  const wide = plan.temporary("kept part, wide", shape);
  appendBlur(plan, kept, half, near, INPAINTED_SIZE, NEAR_SIGMA, batch);
  appendBlur(plan, kept, half, wide, INPAINTED_SIZE, WIDE_SIGMA, batch);
  const [mean_r, mean_g, mean_b] = mean;
  plan.dispatch(kernels.inpaint, {
    bindings: { near, wide, out },
    uniforms: { vectors, wide_weight: WIDE_WEIGHT, mean_weight: MEAN_WEIGHT, mean_r, mean_g, mean_b },
    threads: [vectors],
    flops: vectors * 12,
  });
}
