/** What the user hears of a failed command, or of a photo that is left out. */
import { describeError, EXIT_ERROR } from "./errors.ts";
import { notify } from "./print.ts";

/** Reports an error in one line and makes the command's exit code say so. */
export function reportError(error: unknown): void {
  notify(describeError(error));
  if (process.env.RELABEL_DEBUG && error instanceof Error) notify(String(error.stack));
  process.exitCode = EXIT_ERROR;
}
