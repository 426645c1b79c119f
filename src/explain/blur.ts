/** Blurs photos, fills and maps on the GPU. */
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";

/** A line along x has no neighbours at the same place of it: all lanes go along the line. */
const ALONG_X = { WORKGROUP_X: 1, WORKGROUP_Y: 64 };

/** Gaussian blur of images (count x height x width x 4, or a single one without the count); sigma in pixels. `half` is of their shape. */
export function appendBlur(plan: PlanBuilder, image: Tensor, half: Tensor, out: Tensor, sigma: number): void {
  const [height, width] = image.shape.slice(-3) as [number, number, number];
  const count = image.size / (height * width * 4);
  const flops = count * height * width * 6 * sigma * 8;
  plan.dispatch(kernels.blur, {
    bindings: { image, out: half },
    uniforms: { lines: count * height, size: width, inner: 1, sigma },
    threads: [1, width, count * height],
    constants: ALONG_X,
    flops,
  });
  plan.dispatch(kernels.blur, {
    bindings: { image: half, out },
    uniforms: { lines: count, size: height, inner: width, sigma },
    threads: [width, height, count],
    flops,
  });
}
