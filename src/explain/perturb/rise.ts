/** The method `rise`, which looks at the photo through random masks. */
import type { PlanBuilder } from "../../engine/plan.ts";
import { sizeConstants } from "../../nets/input-spec.ts";
import * as kernels from "../../shaders/index.ts";
import { RISE } from "../descriptions.ts";
import type { MethodDefinition } from "../method.ts";
import { perturb } from "./perturbation.ts";
import { riseGrids } from "./rise-grids.ts";

/**
 * RISE (Petsiuk et al. 2018): the map is the sum of random smooth masks, each weighted by the target's probability when the photo is seen
 * through it: S = 1 / (N p) sum_i p_c(x * M_i) M_i (eq. 6).
 */
export const rise: MethodDefinition<typeof RISE.parameters> = {
  ...RISE,
  async run(request) {
    const { engine, teacher, settings } = request;
    const { height, width } = teacher.input;
    const { masks, cells, keep, seed } = settings;
    const { stride, stretched, append } = riseGrids(teacher.input, cells);
    const uniforms = { cells, stride4: stride / 4, stretched_x: stretched.x, stretched_y: stretched.y };
    const constants = sizeConstants(teacher.input);
    const sum = engine.tensor("sum of masks", [height, width]);
    const appendGrids = (plan: PlanBuilder, batch: number) => {
      const grids = plan.temporary("grids", [batch, stride]);
      return { grids, draw: append(plan, batch, grids, { seed, keep }) };
    };
    try {
      return await perturb(request, {
        images: masks,
        keepsLabels: false,
        draw(plan, batch, photo, images) {
          const { grids, draw } = appendGrids(plan, batch);
          plan.dispatch(kernels.riseImages, {
            bindings: { photo, grids, out: images },
            uniforms: { samples: batch, ...uniforms },
            threads: [width, height, batch],
            constants,
            flops: batch * height * width * 40,
          });
          return (compiled, first) => compiled.set(draw, { first_sample: first });
        },
        gather(plan, batch, labels) {
          const { grids, draw } = appendGrids(plan, batch);
          const add = plan.dispatch(kernels.riseSum, {
            bindings: { grids, labels, sum },
            uniforms: { samples: batch, ...uniforms },
            threads: [height * width],
            constants,
            flops: batch * height * width * 40,
          });
          return (compiled, first, count) => {
            compiled.set(draw, { first_sample: first });
            compiled.set(add, { samples: count });
          };
        },
        map: async (drawn) => (await sum.read()).map((value) => value / (drawn * keep)),
      });
    } finally {
      sum.dispose();
    }
  },
};
