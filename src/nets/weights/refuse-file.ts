/** The error for files of weights that cannot be used. */
import { EngineError } from "../../engine/errors.ts";
import { printable } from "../../engine/printable.ts";

/** Throws BAD_WEIGHTS for a file that is no safetensors file, or a spoilt one. */
export function refuseFile(file: string, what: string, fix: string, cause?: unknown): never {
  throw new EngineError("BAD_WEIGHTS", `${printable(file, 200)} is not a usable safetensors file: ${what}.`, fix, { cause });
}
