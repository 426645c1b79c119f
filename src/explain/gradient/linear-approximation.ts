/** The method `linear`, which multiplies a layer's value by its gradient. */
import { LINEAR_APPROXIMATION } from "../descriptions.ts";
import type { MethodDefinition } from "../method.ts";
import { appendFromLogit, propagate } from "./backpropagation.ts";

/**
 * Linear approximation, or gradient times input, as TorchRay defines it: the map is sum_c x_c d logit / d x_c of a layer's value x, the share of
 * each position in the first-order change of the target's logit when the value fades to 0; stretched to the photo. It is signed.
 */
export const linearApproximation: MethodDefinition<typeof LINEAR_APPROXIMATION.parameters> = {
  ...LINEAR_APPROXIMATION,
  check: ({ teacher, settings }) => teacher.layer(settings.layer),
  async run(request) {
    const layer = request.teacher.layer(request.settings.layer);
    return propagate(request, {
      ...{ layer, passes: 1, rectified: false },
      async append(plan, values) {
        const gradient = await appendFromLogit(plan, request, values, { until: layer, rule: "gradient" });
        return { image: values.get(layer)!, weights: gradient };
      },
    });
  },
};
