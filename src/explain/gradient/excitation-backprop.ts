/** The method `excitation`, which hands relevance down along positive weights. */
import type { Teacher } from "../../classify/teacher.ts";
import { EngineError } from "../../engine/errors.ts";
import type { PlanBuilder } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { Node } from "../../graph/graph.ts";
import type { Values } from "../../nets/lower.ts";
import { parametersOf } from "../../ops/activation-functions.ts";
import { inLines } from "../../ops/shape.ts";
import * as kernels from "../../shaders/index.ts";
import { EXCITATION_BACKPROP } from "../descriptions.ts";
import type { MethodDefinition, MethodRequest, SettledParameters } from "../method.ts";
import { appendFromLogit, propagate } from "./backpropagation.ts";

/**
 * Excitation backprop (Zhang et al. 2016) by TorchRay's rules: the target's logit is a relevance of 1, which every layer hands down to what
 * it read, in proportion to what that added with positive weights (eq. 5). The map is the sum over a layer's channels, stretched to the photo.
 * Contrastive: at a layer near the end, the relevance that the negated weights of the last layer bring there is subtracted (section 3.3), and
 * of the map what is below 0 is left out. The authors declared the method patent-pending (Adobe): for research use only.
 */
export const excitationBackprop: MethodDefinition<typeof EXCITATION_BACKPROP.parameters> = {
  ...EXCITATION_BACKPROP,
  check: findLayers,
  async run(request) {
    const { teacher } = request;
    const { layer, contrast } = await findLayers(request);
    const result = await propagate(request, {
      ...{ layer, passes: contrast ? 2 : 1, rectified: contrast !== undefined },
      async append(plan, values) {
        if (!contrast) return { image: await appendFromLogit(plan, request, values, { until: layer, rule: "excitation" }) };
        const gradient = await appendContrast(plan, request, values, contrast);
        const options = { seed: { node: contrast, gradient }, until: layer, rule: "excitation" } as const;
        return { image: await teacher.net.appendBackward(plan, 1, values, options) };
      },
    });
    return contrast ? { ...result, facts: { ...result.facts, contrastLayer: contrast.label } } : result;
  },
};

/** The map's layer, and that of the contrast where there is one. Throws INVALID and BAD_OPTION where relevance is not defined between them. */
async function findLayers({
  teacher,
  settings,
}: Pick<MethodRequest<SettledParameters<typeof EXCITATION_BACKPROP.parameters>>, "teacher" | "settings">) {
  const layer = teacher.layer(settings.layer, teacher.definition.excitation);
  const contrasts = settings.contrast === "contrastive";
  await teacher.net.requireRelevance(layer, contrasts);
  return { layer, contrast: contrasts ? contrastLayer(teacher, layer, settings.contrastLayer) : undefined };
}

/** The layer of the name, or what the last layer reads. Throws BAD_OPTION where it does not lie between the map's layer and the last. */
function contrastLayer({ net }: Teacher, layer: Node, name: string): Node {
  const contrast = name ? net.layer(name) : (net.output.inputs[0] as Node);
  const behind = net.layers.slice(net.layers.indexOf(layer), -1);
  if (behind.includes(contrast)) return contrast;
  throw new EngineError(
    "BAD_OPTION",
    `"${contrast.label}" does not lie between "${layer.label}" and the last layer, where relevance could be contrasted.`,
    behind.length > 0 ? `Choose one from "${behind[0]?.label}" to "${behind.at(-1)?.label}".` : "Choose an earlier layer for the map.",
  );
}

/** Appends the relevance of a layer's value less that by the last layer's negated weights. */
async function appendContrast(plan: PlanBuilder, request: MethodRequest<unknown>, values: Values, until: Node): Promise<Tensor> {
  const a = await appendFromLogit(plan, request, values, { until, rule: "excitation" });
  // A pass is linear in where it starts.
  const b = await appendFromLogit(plan, request, values, { until, rule: "contrast", sign: -1 });
  const out = plan.temporary("contrastive relevance", a.shape);
  const { threads, ...lines } = inLines(a.size / 4);
  plan.dispatch(kernels.add, { bindings: { a, b, out }, uniforms: { ...lines, ...parametersOf(undefined) }, threads });
  return out;
}
