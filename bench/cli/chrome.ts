import { createServer } from "vite";
import { openPage } from "../../src/cli/browser.ts";
import { cacheFolder } from "../../src/cli/cache.ts";
import { CommandError } from "../../src/cli/errors.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { notify } from "../../src/cli/print.ts";
import type { BenchOptions } from "../options.ts";
import type { Report } from "../report/report.ts";
import type { Watcher } from "./watcher.ts";

/** Serves the sources; the two headers make the page's clock finer and allow the threads that some peers want. */
function startServer() {
  return createServer({
    root: ROOT,
    configFile: false,
    appType: "mpa",
    logLevel: "error",
    publicDir: false,
    server: {
      ...{ host: "127.0.0.1", port: 0, hmr: false, ws: false, watch: null },
      fs: { allow: [ROOT, cacheFolder()] },
      headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
    },
  });
}

/** Measures in a headless Chrome. Throws what finding and opening one throws, and a CommandError for what the page throws. */
export async function runInChrome(options: BenchOptions, { onReport, signal }: Watcher): Promise<Report> {
  const server = await startServer();
  try {
    await server.listen();
    const page = await openPage(`${server.resolvedUrls?.local[0]}bench/host.html`, { notify });
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
      const folders = ["/weights", `/@fs${cacheFolder()}`];
      const work = page.evaluate((...given) => globalThis.relabelBench.run(...given), options, folders);
      const answer = await Promise.race([work, gone]);
      if ("report" in answer) return answer.report;
      throw new CommandError(answer.message, answer.fix ?? "");
    } finally {
      signal.removeEventListener("abort", abort);
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
