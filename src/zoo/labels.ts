/** Gives every classifier as many labels as it has classes. */
import { EngineError } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";

/** Names of every class, separated by ", ", and perhaps an identifier of each, by which it can be asked for. */
export type Labels = readonly string[] & { readonly identifiers?: readonly string[] };

/** The number of ImageNet's classes; their names are loaded where they are needed. */
const IMAGENET_CLASSES = 1000;

/**
 * As many labels as there are classes: those given, ImageNet's, or numbers. A single class stands for two, itself and that it is not so.
 * Throws BAD_OPTION where those given are something else, or more or fewer.
 */
export async function labelsOf(classes: number, given?: readonly string[]): Promise<readonly string[]> {
  if (given && !(Array.isArray(given) && given.every((label) => typeof label === "string")))
    refuseOption("labels are", given, "Give a list of texts, one a class.");
  if (classes === 1) {
    const [name = "class 0", opposite = `not ${name}`] = given ?? [];
    if ((given?.length ?? 1) <= 2) return [name, opposite];
  }
  if (given && given.length !== classes) {
    throw new EngineError(
      "BAD_OPTION",
      `There are ${given.length} labels, and the classifier has ${classes} ${classes === 1 ? "class" : "classes"}.`,
      "Give one label a class, in the order of the classes.",
    );
  }
  return given ?? (classes === IMAGENET_CLASSES ? (await import("./imagenet.ts")).CLASSES : numberedLabels(classes));
}

/** "class 0", "class 1"...: labels where nobody names the classes. */
export function numberedLabels(classes: number): string[] {
  return Array.from({ length: classes }, (_, index) => `class ${index}`);
}
