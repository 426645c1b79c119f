/** Checks what callers ask for: the class to explain, the size of a batch. */
import { EngineError } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";

const MAX_BATCH = 256;

/** The index of the class to explain, where one is given. Throws BAD_OPTION, UNKNOWN_CLASS. */
export async function resolveTarget(target: number | string | undefined, labels: readonly string[]): Promise<number | undefined> {
  if (target === undefined) return undefined;
  if (typeof target === "string") return (await import("../zoo/find-class.ts")).findClass(target, labels);
  if (Number.isInteger(target) && target >= 0 && target < labels.length) return target;
  refuseOption("target class is", target, `Give an index from 0 to ${labels.length - 1}.`);
}

/** Throws BAD_OPTION for a number of images that cannot be a batch. */
export function checkBatch(batch: number | undefined): void {
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH)) {
    throw new EngineError("BAD_OPTION", `The batch is ${batch}.`, `Give a whole number from 1 to ${MAX_BATCH}.`);
  }
}
