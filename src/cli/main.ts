/** Entry point of the command line: runs the command, and ends it in order on Ctrl-C or an error. */
import { CommanderError } from "commander";
import { EXIT_ERROR, Interruption } from "./errors.ts";
import { prepareNetwork } from "./network.ts";
import { notify } from "./print.ts";
import { buildProgram } from "./program.ts";
import { reportError } from "./report-error.ts";
import { listenForStop } from "./stop.ts";

/** After a first Ctrl-C the running submit is finished and the browser closed; a second one, or this long a wait, ends the process. */
const GRACE_MILLISECONDS = 10_000;

const abort = new AbortController();

const stop = listenForStop((exit) => {
  abort.abort();
  setTimeout(exit, GRACE_MILLISECONDS).unref();
});
// The reader of a pipe has seen enough, as `head` has.
process.stdout.on("error", () => abort.signal.aborted || stop("SIGPIPE"));
// Nobody is left to be told anything, as when the terminal was closed.
process.stderr.on("error", () => {});

try {
  await prepareNetwork();
  await buildProgram(abort.signal).parseAsync();
} catch (error) {
  if (error instanceof Interruption) notify(`Interrupted. ${error.message}`);
  else if (abort.signal.aborted) notify("Interrupted: what was unfinished has left no files.");
  else if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_ERROR;
  else reportError(error);
}
