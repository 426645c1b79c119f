import { EngineError } from "../engine/errors.ts";

const MAX_BATCH = 256;

/** Throws BAD_OPTION where that is none of so many classes. */
export function checkTarget(target: number | undefined, classes: number): void {
  if (target !== undefined && !(Number.isInteger(target) && target >= 0 && target < classes)) {
    throw new EngineError("BAD_OPTION", `The target class is ${target}.`, `Give an index from 0 to ${classes - 1}.`);
  }
}

/** Throws BAD_OPTION where so many images cannot be a batch. */
export function checkBatch(batch: number | undefined): void {
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH)) {
    throw new EngineError("BAD_OPTION", `The batch is ${batch}.`, `Give a whole number from 1 to ${MAX_BATCH}.`);
  }
}
