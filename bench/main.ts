import { constants } from "node:os";
import { CommanderError } from "commander";
import { describeError, EXIT_ERROR } from "../src/cli/errors.ts";
import { notify } from "../src/cli/print.ts";
import { buildProgram } from "./cli/program.ts";

/** Something is wrong, or slower than before. */
const EXIT_FAULT = 1;

const abort = new AbortController();

/** The first Ctrl-C ends the run after the row at hand, and what was measured is written; the second ends the process. */
function stop(signal: NodeJS.Signals): void {
  const code = 128 + constants.signals[signal];
  if (abort.signal.aborted) process.exit(code);
  process.exitCode = code;
  notify("Stopping after this row; once more to stop at once.");
  abort.abort();
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
// Nobody is left to be told anything, as when the terminal was closed; what was measured is still worth writing.
process.stderr.on("error", () => {});

try {
  await buildProgram(abort.signal, () => {
    process.exitCode ||= EXIT_FAULT;
  }).parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : EXIT_ERROR;
  } else {
    notify(describeError(error));
    if (process.env.RELABEL_DEBUG && error instanceof Error) notify(String(error.stack));
    process.exitCode = EXIT_ERROR;
  }
}
