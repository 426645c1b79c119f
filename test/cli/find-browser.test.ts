import { writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { findBrowser, installedBrowser } from "../../src/cli/find-browser.ts";
import { temporaryFolder } from "../support/command-line.ts";

afterEach(() => {
  vi.unstubAllEnvs();
});

/** An executable that answers any call with `exitCode`. */
async function fakeBrowser(name: string, exitCode: number): Promise<{ folder: string; path: string }> {
  const folder = await temporaryFolder();
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\nexit ${exitCode}\n`, { mode: 0o755 });
  return { folder, path };
}

function neverNotified(line: string): void {
  throw new Error(`an installation was begun: ${line}`);
}

test("CHROME_PATH comes before every browser of the system", async () => {
  const chosen = await fakeBrowser("my-own-browser", 0);
  const system = await fakeBrowser("google-chrome", 0);
  vi.stubEnv("CHROME_PATH", chosen.path);
  vi.stubEnv("PATH", system.folder);
  expect(await findBrowser(neverNotified)).toBe(chosen.path);
});

test("a CHROME_PATH that does not start is an error and not passed over", async () => {
  vi.stubEnv("CHROME_PATH", (await fakeBrowser("broken", 1)).path);
  await expect(findBrowser(neverNotified)).rejects.toMatchObject({ message: /broken, which does not start/, fix: /unset it/ });
});

test("a placeholder on the PATH that does not start is passed over for the next", async () => {
  const placeholder = await fakeBrowser("google-chrome", 1);
  const working = await fakeBrowser("chromium", 0);
  vi.stubEnv("CHROME_PATH", "");
  vi.stubEnv("PATH", [placeholder.folder, working.folder].join(delimiter));
  expect(await findBrowser(neverNotified)).toBe(working.path);
});

test("what is installed is found without installing any, and a CHROME_PATH that does not start is none", async () => {
  const working = await fakeBrowser("chromium", 0);
  vi.stubEnv("PUPPETEER_CACHE_DIR", await temporaryFolder());
  vi.stubEnv("PATH", working.folder);
  vi.stubEnv("CHROME_PATH", "");
  expect(await installedBrowser()).toBe(working.path);
  vi.stubEnv("CHROME_PATH", (await fakeBrowser("broken", 1)).path);
  expect(await installedBrowser()).toBeUndefined();
});
