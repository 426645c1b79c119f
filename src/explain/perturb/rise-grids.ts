/** Draws the grids of RISE: how many pixels they are stretched to, and the kernel that fills them. */
import type { PlanBuilder, StepHandle } from "../../engine/plan.ts";
import { roundUp, type Tensor } from "../../engine/tensor.ts";
import type { Size } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";

/** How grids of `cells` a side cover an input, and how they are drawn. */
export function riseGrids({ height, width }: Size, cells: number) {
  const [shifts_x, shifts_y] = [Math.ceil(width / cells), Math.ceil(height / cells)];
  const stride4 = roundUp(cells ** 2, 4) / 4 + 1;
  return {
    /** Values of a grid, of which the last four are its shift in x and y and two zeros. */
    stride: 4 * stride4,
    /** Pixels that a whole grid is stretched to. */
    stretched: { x: (cells + 1) * shifts_x, y: (cells + 1) * shifts_y },
    /** Appends what fills `grids`, batch x stride. */
    append(
      plan: PlanBuilder,
      batch: number,
      grids: Tensor,
      { seed, keep }: { seed: number; keep: number },
    ): StepHandle<typeof kernels.riseGrids> {
      return plan.dispatch(kernels.riseGrids, {
        bindings: { grids },
        uniforms: { samples: batch, first_sample: 0, seed, cells, stride4, shifts_x, shifts_y, keep },
        threads: [stride4, batch],
      });
    },
  };
}
