/** Turns logits into probabilities and labels on the GPU. */
import type { PlanBuilder, StepHandle } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";
import { OUTPUTS } from "./outputs.ts";
import type { Teacher } from "./teacher.ts";

/** What labels are about. */
export interface LabelTarget {
  /** Index of the class; 0 by default. */
  readonly target?: number | undefined;
  /** Whether the photo's probability of the target is 1/2 or more, which is the label of sigmoid outputs; true by default. */
  readonly above?: boolean | undefined;
}

/**
 * Probabilities of every row of logits, and its label in `labels`, rows x 4: probability of the target, whether the target is the first choice
 * (1 or 0), index of the first choice, 0.
 */
export function appendSoftmax(
  plan: PlanBuilder,
  { classes, outputs }: Teacher,
  batch: number,
  logits: Tensor,
  labels: Tensor,
  { target = 0, above = true }: LabelTarget,
  probabilities?: Tensor,
): StepHandle<typeof kernels.softmax> {
  return plan.dispatch(kernels.softmax, {
    bindings: { logits, probabilities: probabilities ?? plan.temporary("probabilities", logits.shape), labels },
    uniforms: { rows: batch, classes, stride: logits.shape.at(-1) as number, target_class: target, first_row: 0, above: above ? 1 : 0 },
    threads: [kernels.softmax.constants.WORKGROUP_X, batch],
    constants: { OUTPUTS: OUTPUTS.indexOf(outputs) },
    flops: batch * classes * 20,
  });
}
