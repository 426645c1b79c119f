/** Fills hidden regions from the colours around them: the default of gated synthesis. */
import type { PlanBuilder } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import { type InputSpec, pixelUnit, sizeConstants } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import { appendBlur } from "../blur.ts";

/** Side of a cell in pixels. */
const CELL = kernels.keptPart.constants.CELL;
/** Standard deviations of the two Gaussians in cells of an input of 224 pixels. The wide one reaches into holes of any size that gates leave. */
const NEAR_SIGMA = 3;
const WIDE_SIGMA = 12;
/** Weights of the wide Gaussian and of the mean colour; the near Gaussian has 1. */
const WIDE_WEIGHT = 0.01;
const MEAN_WEIGHT = 1e-6;

interface Inpainting {
  batch: number;
  /** Height x width x 4 in [0, 1]. */
  photo: Tensor;
  /** batch x 52. */
  gates: Tensor;
  input: InputSpec;
  /** Of inpaintedShape. */
  out: Tensor;
}

/** Of inpainted images: batch x height / 4 x width / 4 x 4, rounded up. */
export function inpaintedShape({ height, width }: InputSpec, batch: number): number[] {
  return [batch, Math.ceil(height / CELL), Math.ceil(width / CELL), 4];
}

/**
 * Fills for what gates hide, made from what they keep alone: at every place the mean colour of the kept part around it, weighed by two
 * Gaussians of the distance. Nothing of the hidden part shows through, and neither does a colour that is foreign to the photo.
 */
export function appendInpainting(plan: PlanBuilder, { batch, photo, gates, input, out }: Inpainting): void {
  const shape = inpaintedShape(input, batch);
  const [, lines, columns] = shape as [number, number, number, number];
  const vectors = batch * lines * columns;
  const kept = plan.temporary("kept part", shape);
  plan.dispatch(kernels.keptPart, {
    bindings: { photo, gates, out: kept },
    uniforms: { samples: batch },
    threads: [columns, lines, batch],
    constants: sizeConstants(input),
    flops: vectors * 16 * 30,
  });
  const half = plan.temporary("kept part, blurred along x", shape);
  const near = plan.temporary("kept part, near", shape);
  const wide = plan.temporary("kept part, wide", shape);
  appendBlur(plan, kept, half, near, NEAR_SIGMA * pixelUnit(input));
  appendBlur(plan, kept, half, wide, WIDE_SIGMA * pixelUnit(input));
  const [mean_r, mean_g, mean_b] = input.mean;
  plan.dispatch(kernels.inpaint, {
    bindings: { near, wide, out },
    uniforms: { vectors, wide_weight: WIDE_WEIGHT, mean_weight: MEAN_WEIGHT, mean_r, mean_g, mean_b },
    threads: [vectors],
    flops: vectors * 12,
  });
}
