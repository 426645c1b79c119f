/** The method `grad-cam`, which weights the channels of a layer by their gradients. */
import { appendGlobalPool } from "../../ops/global-pool.ts";
import { tensorShape } from "../../ops/shape.ts";
import { GRAD_CAM } from "../descriptions.ts";
import type { MethodDefinition } from "../method.ts";
import { appendFromLogit, propagate } from "./backpropagation.ts";

/**
 * Grad-CAM (Selvaraju et al. 2017): the map is ReLU(sum_k a_k A_k) of a layer's channels A_k, a_k being the mean over all positions of the
 * gradient of the target's logit with respect to A_k (eqs. 1 and 2), stretched to the photo. Its scale is not changed.
 */
export const gradCam: MethodDefinition<typeof GRAD_CAM.parameters> = {
  ...GRAD_CAM,
  check: ({ teacher, settings }) => teacher.layer(settings.layer),
  async run(request) {
    const layer = request.teacher.layer(request.settings.layer);
    return propagate(request, {
      ...{ layer, passes: 1, rectified: true },
      async append(plan, values) {
        const gradient = await appendFromLogit(plan, request, values, { until: layer, rule: "gradient" });
        const weights = plan.temporary("channel weights", tensorShape(1, [1, 1, layer.shape[2]]));
        appendGlobalPool(plan, 1, layer.shape, gradient, weights);
        return { image: values.get(layer)!, weights };
      },
    });
  },
};
