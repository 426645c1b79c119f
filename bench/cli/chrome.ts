/** Runs the benchmark in headless Chrome from the command line. */
import { join } from "node:path";
import { openPage } from "../../src/cli/browser.ts";
import { CommandError } from "../../src/cli/errors.ts";
import { installedWeights } from "../../src/cli/locate.ts";
import { weightsAddress } from "../../src/cli/page-protocol.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { notify } from "../../src/cli/print.ts";
import { startServer } from "../../src/cli/server.ts";
import type { BenchOptions } from "../bench-options.ts";
import { PHOTO } from "../browser-host.ts";
import type { Report } from "../report/report.ts";
import type { OwnFiles } from "./own-files.ts";
import type { Watcher } from "./watcher.ts";

/** Measures in a headless Chrome. Throws what finding and opening one throws, and a CommandError for what the page throws. */
export async function runInChrome(options: BenchOptions, files: OwnFiles, { onReport, signal }: Watcher): Promise<Report> {
  const weights = [...installedWeights()].map(([name, path]) => [weightsAddress(name), path] as const);
  const server = await startServer("bench/host.html", new Map([...weights, ...files.served, [PHOTO, join(ROOT, PHOTO)]]));
  try {
    const page = await openPage(server.page, { foreign: true, notify });
    const browser = page.browser();
    const gone = new Promise<never>((_, reject) => {
      const fail = () => reject(new CommandError("The browser stopped in the middle of the run", "Choose fewer rows, or less --memory."));
      page.once("error", fail);
      browser.once("disconnected", fail);
    });
    gone.catch(() => {});
    const abort = () => void page.evaluate(() => globalThis.relabelBench.abort()).catch(() => {});
    try {
      await page.exposeFunction("benchReport", onReport);
      await page.waitForFunction(() => globalThis.relabelBench !== undefined);
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      const work = page.evaluate((...given) => globalThis.relabelBench.run(...given), options, files.wire);
      const answer = await Promise.race([work, gone]);
      if ("report" in answer) return answer.report;
      throw new CommandError(answer.message, answer.fix ?? "");
    } finally {
      signal.removeEventListener("abort", abort);
      await browser.close();
    }
  } finally {
    server.close();
  }
}
