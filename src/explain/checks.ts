import { EngineError } from "../engine/errors.ts";
import { CLASS_COUNT } from "../nets/teacher.ts";

const MAX_BATCH = 256;

/** Throws BAD_OPTION where that is no class. */
export function checkTarget(target: number | undefined): void {
  if (target !== undefined && !(Number.isInteger(target) && target >= 0 && target < CLASS_COUNT)) {
    throw new EngineError("BAD_OPTION", `The target class is ${target}.`, `Give an index from 0 to ${CLASS_COUNT - 1}.`);
  }
}

/** Throws BAD_OPTION where so many images cannot be a batch. */
export function checkBatch(batch: number | undefined): void {
  if (batch !== undefined && !(Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH)) {
    throw new EngineError("BAD_OPTION", `The batch is ${batch}.`, `Give a whole number from 1 to ${MAX_BATCH}.`);
  }
}
