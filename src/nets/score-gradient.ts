/** Starts backward passes: from a class's score to the gradient of the logits. */
import type { PlanBuilder, StepHandle } from "../engine/plan.ts";
import { roundUp, type Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";

export interface ScoreGradient {
  /** Rows x classes, the classes padded to 4. */
  readonly gradient: Tensor;
  /** `plan.set(step, { target_class })` chooses another class from the next run on. */
  readonly step: StepHandle<typeof kernels.scoreGradient>;
}

/**
 * Appends the gradient of a class's score with respect to the logits, where backward passes start: of its logit, or of its probability
 * where the softmax of the logits is given, in the layout of the gradient; times `scale`.
 */
export function appendScoreGradient(
  plan: PlanBuilder,
  rows: number,
  classes: number,
  targetClass: number,
  probabilities?: Tensor,
  scale = 1,
): ScoreGradient {
  const stride = roundUp(classes, 4);
  const gradient = plan.temporary("score gradient", [rows, stride]);
  const step = plan.dispatch(kernels.scoreGradient, {
    bindings: { probabilities: probabilities ?? plan.engine.nothing, gradient },
    uniforms: { rows, classes, stride, target_class: targetClass, of_probability: probabilities ? 1 : 0, scale },
    threads: [stride, rows],
  });
  return { gradient, step };
}
