/** Entry point of the benchmark's command line. */
import { CommanderError } from "commander";
import { EXIT_ERROR } from "../src/cli/errors.ts";
import { notify } from "../src/cli/print.ts";
import { reportError } from "../src/cli/report-error.ts";
import { listenForStop } from "../src/cli/stop.ts";
import { buildProgram } from "./cli/program.ts";

/** Something is wrong, or slower than before. */
const EXIT_FAULT = 1;

const abort = new AbortController();

/** The first Ctrl-C ends the run after the row at hand, and what was measured is written; the second ends the process. */
const stop = listenForStop(() => {
  notify("Stopping after this row; once more to stop at once.");
  abort.abort();
});
// The reader of a pipe has seen enough, as `head` has.
process.stdout.on("error", () => abort.signal.aborted || stop("SIGPIPE"));
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
    reportError(error);
  }
}
