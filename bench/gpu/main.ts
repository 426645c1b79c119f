/** Entry point of `npm run bench:gpu`, and of the processes that do its steps. */
import { fileURLToPath } from "node:url";
import { CommanderError } from "commander";
import { EXIT_ERROR } from "../../src/cli/errors.ts";
import { notify } from "../../src/cli/print.ts";
import { reportError } from "../../src/cli/report-error.ts";
import { listenForStop } from "../../src/cli/stop.ts";
import { startStep, WORKER } from "./child.ts";
import { buildGpuProgram } from "./program.ts";
import { runGpu } from "./run.ts";

async function command(): Promise<void> {
  const abort = new AbortController();
  listenForStop(() => {
    notify("Stopping this step; once more to stop at once.");
    abort.abort();
  });
  const start = startStep.bind(undefined, fileURLToPath(import.meta.url));
  try {
    await buildGpuProgram(async (options) => {
      process.exitCode ||= await runGpu(options, start, abort.signal);
    }).parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_ERROR;
    else reportError(error);
  }
}

if (process.argv[2] === WORKER && process.send) (await import("./worker.ts")).obey();
else await command();
