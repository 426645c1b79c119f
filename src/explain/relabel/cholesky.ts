/** Factors the systems of the ridge and smooth students on the GPU. */
import type { PlanBuilder } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import * as kernels from "../../shaders/index.ts";

const BLOCK = kernels.choleskyDiagonal.constants.BLOCK;

/** Rows of a system with `unknowns` unknowns and one right-hand side, padded for the factorisation. */
export function paddedRows(unknowns: number): number {
  return Math.ceil((unknowns + 1) / BLOCK) * BLOCK;
}

/** Factors `batch` symmetric positive definite matrices of `size` rows (a multiple of 32) in place: lower triangles become L. */
export function appendCholesky(plan: PlanBuilder, matrices: Tensor, size: number, batch: number): void {
  for (let start = 0; start < size; start += BLOCK) {
    const below = size - start - BLOCK;
    const uniforms = { size, start };
    plan.dispatch(kernels.choleskyDiagonal, { bindings: { matrices }, uniforms, threads: [BLOCK, 1, batch], flops: batch * BLOCK ** 3 });
    if (below > 0) {
      plan.dispatch(kernels.choleskyPanel, {
        bindings: { matrices },
        uniforms,
        threads: [below, 1, batch],
        flops: batch * below * BLOCK ** 2,
      });
      plan.dispatch(kernels.choleskyUpdate, {
        bindings: { matrices },
        uniforms,
        threads: [below / 4, below / 4, batch],
        flops: batch * below ** 2 * BLOCK,
      });
    }
  }
}
