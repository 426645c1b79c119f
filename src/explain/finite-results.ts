/** Stops explanations whose numbers are not finite, so that no map is drawn from them. */
import { EngineError } from "../engine/errors.ts";

function refuse(what: string): never {
  throw new EngineError(
    "NOT_FINITE",
    what,
    "Numbers overflow in the classifier: `classify --find-non-finite`, or session.findNonFinite(photo), names the layer. Check its weights.",
  );
}

/** Throws NOT_FINITE where a logit is NaN or infinite, naming its class. */
export function checkLogits(logits: Float32Array, labels: readonly string[]): void {
  const at = logits.findIndex((value) => !Number.isFinite(value));
  if (at >= 0) refuse(`The classifier's logit of class ${at} (${labels[at]}) is ${logits[at]}.`);
}

/** Throws NOT_FINITE where the target's probability of a sample is no number. `labels`: rows of 4, as softmax.wgsl writes them. */
export function checkLabels(labels: Float32Array): void {
  for (let row = 0; 4 * row < labels.length; row++) {
    if (!Number.isFinite(labels[4 * row])) refuse(`The classifier's probability of sample ${row} is ${labels[4 * row]}.`);
  }
}

/** Throws NOT_FINITE where one of these numbers of a method is not finite. */
export function checkNumbers(title: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (!Number.isFinite(value)) refuse(`The ${name} of ${title} is ${value}.`);
  }
}

/** Throws NOT_FINITE where a map has a value that is not finite. */
export function checkMap(title: string, map: Float32Array | undefined): void {
  const value = map?.find((value) => !Number.isFinite(value));
  if (value !== undefined) refuse(`The map of ${title} has a value that is ${value}.`);
}
