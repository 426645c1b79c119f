import { defineBrowserProvider } from "@vitest/browser";
import type { Page } from "puppeteer";
import type { BrowserProvider } from "vitest/node";
import { openPage } from "../../src/cli/browser.ts";

/**
 * Runs vitest's browser tests in the browser that the command line uses, on its software adapter, so that a machine without a GPU
 * (and without a browser download of the test runner's own) runs them all.
 */
export function softwareChrome() {
  return defineBrowserProvider({
    name: "puppeteer",
    providerFactory(): BrowserProvider {
      const pages = new Map<string, Page>();
      return {
        name: "puppeteer",
        supportsParallelism: false,
        getCommandsContext: () => ({}),
        async openPage(sessionId, url) {
          await pages.get(sessionId)?.browser().close();
          pages.set(sessionId, await openPage(url, { software: true, notify: (line) => process.stderr.write(`${line}\n`) }));
        },
        async close() {
          await Promise.all([...pages.values()].map((page) => page.browser().close()));
          pages.clear();
        },
      };
    },
  });
}
