import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LONG } from "../support/long.ts";
import { PHOTO } from "../support/package-folder.ts";
import { PackageSite } from "../support/package-site.ts";
import { partsHtml, partsPage } from "../support/parts-page.ts";

/** Elsewhere than where the worker's weights are bundled, the default classifier is for long tests. */
const [WHOLE, DONE] = LONG ? ["?whole", "done true true espresso"] : ["", "done true true"];
const FACES = ["element", "nets", "worker"];

let site: PackageSite;
let folder: string;

beforeAll(async () => {
  site = await PackageSite.open(false, 100_000);
  folder = site.folder;
  await writeFile(join(folder, "parts.js"), partsPage());
  await writeFile(join(folder, "index.html"), partsHtml(PHOTO, "/parts.js"));
}, 120_000);

afterAll(() => site?.close(), 60_000);

describe("worker and element give the maps of a session", { timeout: 120_000 }, () => {
  test("in plain HTML without a bundler", async () => {
    const imports = Object.fromEntries(FACES.map((name) => [`relabel/${name}`, `/node_modules/relabel/dist/${name}.js`]));
    const map = JSON.stringify({ imports: { relabel: "/node_modules/relabel/dist/index.js", ...imports } });
    await writeFile(join(folder, "plain.html"), partsHtml(PHOTO, "/parts.js", `<script type="importmap">${map}</script>`));
    expect(await site.visit(`${site.plain.origin}/plain.html${WHOLE}`)).toBe(DONE);
  });

  test("built by Vite, which finds the worker and its weights", async () => {
    await build({ root: folder, configFile: false, logLevel: "error", build: { outDir: "site" } });
    await copyFile(join(folder, PHOTO), join(folder, "site", PHOTO));
    expect(await site.visit(`${await site.serve(join(folder, "site"))}/?whole`)).toBe("done true true espresso");
  });

  test("served by Vite while it is developed", async () => {
    expect(await site.visit(`${await site.develop()}${WHOLE}`)).toBe(DONE);
  });

  test("bundled by esbuild, which has to be told of the worker", async () => {
    const bundled = join(folder, "bundled");
    await mkdir(bundled, { recursive: true });
    await writeFile(join(folder, "told.js"), partsPage('worker: new Worker("/thread.js", { type: "module" })'));
    const entryPoints = { parts: "told.js", thread: "relabel/worker-thread" };
    const options = { bundle: true, splitting: true, format: "esm", outdir: bundled, logLevel: "error" } as const;
    await bundle({ ...options, absWorkingDir: folder, entryPoints });
    await writeFile(join(bundled, "index.html"), partsHtml(PHOTO, "/parts.js"));
    await copyFile(join(folder, PHOTO), join(bundled, PHOTO));
    expect(await site.visit(await site.serve(bundled))).toBe("done true true");
  });
});
