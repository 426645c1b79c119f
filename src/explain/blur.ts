import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";

/** A line along x has no neighbours at the same place of it: all lanes go along the line. */
const ALONG_X = { WORKGROUP_X: 1, WORKGROUP_Y: 64 };

/** Gaussian blur of square images of vec4 pixels, size a side, `count` of them; sigma in pixels. `half` is of their shape. */
export function appendBlur(plan: PlanBuilder, image: Tensor, half: Tensor, out: Tensor, size: number, sigma: number, count = 1): void {
  const flops = count * size * size * 6 * sigma * 8;
  plan.dispatch(kernels.blur, {
    bindings: { image, out: half },
    uniforms: { lines: count * size, size, inner: 1, sigma },
    threads: [1, size, count * size],
    constants: ALONG_X,
    flops,
  });
  plan.dispatch(kernels.blur, {
    bindings: { image: half, out },
    uniforms: { lines: count, size, inner: size, sigma },
    threads: [size, size, count],
    flops,
  });
}
