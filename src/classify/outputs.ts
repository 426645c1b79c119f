/** Says whether a classifier's outputs are logits of one softmax, of sigmoids, or scores. */
import { EngineError } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";

/**
 * What a classifier's outputs mean. softmax: logits of classes that exclude each other. sigmoid: a logit for each class by itself. logits:
 * scores that are taken as they are.
 */
export const OUTPUTS = ["softmax", "sigmoid", "logits"] as const;

/** One of "softmax", "sigmoid" and "logits". */
export type Outputs = (typeof OUTPUTS)[number];

/** The meaning that is given, or the usual one for this number of outputs: a single one is a yes or no. Throws BAD_OPTION. */
export function outputsOf(classes: number, given: Outputs = classes === 1 ? "sigmoid" : "softmax"): Outputs {
  if (!OUTPUTS.includes(given)) {
    refuseOption("outputs are", given, `Choose one of: ${OUTPUTS.join(", ")}.`);
  }
  if (classes > 1 || given === "sigmoid") return given;
  const what = given === "softmax" ? "which softmax makes certain whatever the photo" : "and no other class to be compared with";
  throw new EngineError("BAD_OPTION", `The classifier has a single output, ${what}.`, 'Choose the outputs "sigmoid".');
}
