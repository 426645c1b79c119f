/** Runs the steps in a headless Chrome. */
import type { Page } from "puppeteer-core";
import { openPage } from "../../src/cli/browser.ts";
import { notify } from "../../src/cli/print.ts";
import { startServer } from "../../src/cli/server.ts";
import { runInChrome } from "../cli/chrome.ts";
import { OwnFiles } from "../cli/own-files.ts";
import { driverFiles } from "./driver-files.ts";
import type { Place } from "./place.ts";

/** Opens the page for as long as the work takes. */
async function withPage<T>(work: (page: Page) => Promise<T>): Promise<T> {
  const server = await startServer("bench/gpu/host.html", new Map());
  try {
    const page = await openPage(server.page, { notify });
    try {
      await page.waitForFunction(() => globalThis.relabelGpu !== undefined);
      return await work(page);
    } finally {
      await page.browser().close();
    }
  } finally {
    server.close();
  }
}

export const inChrome: Place = {
  adapter: () =>
    withPage(async (page) => {
      const found = await page.evaluate(() => globalThis.relabelGpu.adapter());
      // Libraries are in the browser's own process for the GPU.
      return { ...found, ...driverFiles(), libraries: [] };
    }),
  kernels: (onPartial, signal) =>
    withPage(async (page) => {
      await page.exposeFunction("gpuPartial", onPartial);
      const abort = () => void page.evaluate(() => globalThis.relabelGpu.abort()).catch(() => {});
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      return page.evaluate(() => globalThis.relabelGpu.kernels());
    }),
  bench: async (options, watcher) => runInChrome(options, await OwnFiles.find(undefined, watcher.signal), watcher),
};
