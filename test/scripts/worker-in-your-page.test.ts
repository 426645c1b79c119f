import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import type { Page } from "puppeteer";
import { build, createServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPage } from "../../src/cli/browser.ts";
import { LONG } from "../support/long.ts";
import { installedFolder, PHOTO, removeFolder } from "../support/package-folder.ts";
import { partsHtml, partsPage } from "../support/parts-page.ts";
import { serveSlowly } from "../support/slow-server.ts";

/** Elsewhere than where the worker's weights are bundled, the default classifier is for long tests. */
const [WHOLE, DONE] = LONG ? ["?whole", "done true true espresso"] : ["", "done true true"];
const FACES = ["element", "nets", "worker"];

let folder: string;
let page: Page;
let plain: string;
const servers: { close(): unknown }[] = [];

beforeAll(async () => {
  folder = await installedFolder(false);
  await writeFile(join(folder, "parts.js"), partsPage());
  await writeFile(join(folder, "index.html"), partsHtml(PHOTO, "/parts.js"));
  plain = await serve(folder);
  await writeFile(join(folder, "blank.html"), "<!doctype html>");
  page = await openPage(`${plain}/blank.html`, { software: true });
  page.setDefaultTimeout(100_000);
}, 120_000);

afterAll(async () => {
  await page?.browser().close();
  for (const server of servers) await server.close();
  await removeFolder(folder);
}, 60_000);

async function serve(path: string): Promise<string> {
  const server = await serveSlowly(path);
  servers.push(server);
  return server.origin;
}

async function visit(address: string): Promise<string> {
  await page.goto(address);
  await page.waitForFunction(() => document.title !== "under way");
  return page.title();
}

describe("worker and element give the maps of a session", { timeout: 120_000 }, () => {
  test("in plain HTML without a bundler", async () => {
    const imports = Object.fromEntries(FACES.map((name) => [`relabel/${name}`, `/node_modules/relabel/dist/${name}.js`]));
    const map = JSON.stringify({ imports: { relabel: "/node_modules/relabel/dist/index.js", ...imports } });
    await writeFile(join(folder, "plain.html"), partsHtml(PHOTO, "/parts.js", `<script type="importmap">${map}</script>`));
    expect(await visit(`${plain}/plain.html${WHOLE}`)).toBe(DONE);
  });

  test("built by Vite, which finds the worker and its weights", async () => {
    await build({ root: folder, configFile: false, logLevel: "error", build: { outDir: "site" } });
    await copyFile(join(folder, PHOTO), join(folder, "site", PHOTO));
    expect(await visit(`${await serve(join(folder, "site"))}/?whole`)).toBe("done true true espresso");
  });

  test("served by Vite while it is developed", async () => {
    const server = await createServer({
      root: folder,
      configFile: false,
      logLevel: "error",
      server: { host: "127.0.0.1", port: 0, watch: null },
    });
    servers.push(server);
    await server.listen();
    expect(await visit(`${server.resolvedUrls?.local[0]}${WHOLE}`)).toBe(DONE);
  });

  test("bundled by esbuild, which has to be told of the worker", async () => {
    const site = join(folder, "bundled");
    await mkdir(site, { recursive: true });
    await writeFile(join(folder, "told.js"), partsPage('worker: new Worker("/thread.js", { type: "module" })'));
    const entryPoints = { parts: "told.js", thread: "relabel/worker-thread" };
    const options = { bundle: true, splitting: true, format: "esm", outdir: site, logLevel: "error" } as const;
    await bundle({ ...options, absWorkingDir: folder, entryPoints });
    await writeFile(join(site, "index.html"), partsHtml(PHOTO, "/parts.js"));
    await copyFile(join(folder, PHOTO), join(site, PHOTO));
    expect(await visit(await serve(site))).toBe("done true true");
  });
});
