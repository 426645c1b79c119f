import { copyFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build as bundle, transform } from "esbuild";
import type { Page } from "puppeteer";
import { build, createServer } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPage } from "../../src/cli/browser.ts";
import { LONG } from "../support/long.ts";
import { page as html, installedFolder, PHOTO, removeFolder } from "../support/package-folder.ts";
import { type SlowServer, serveSlowly } from "../support/slow-server.ts";

const WEIGHTS = "/node_modules/relabel/weights/efficientnet-lite0.safetensors";
const WEIGHTS_BYTES = 9_579_784;
const IMPORT_MAP = '<script type="importmap">{ "imports": { "relabel": "/node_modules/relabel/dist/index.js" } }</script>';

let folder: string;
let page: Page;
let plain: SlowServer;
const servers: { close(): unknown }[] = [];

beforeAll(async () => {
  folder = await installedFolder(LONG);
  plain = await serve(folder);
  await writeFile(join(folder, "blank.html"), "<!doctype html>");
  page = await openPage(`${plain.origin}/blank.html`, { software: true });
  page.setDefaultTimeout(LONG ? 600_000 : 100_000);
}, 120_000);

afterAll(async () => {
  await page?.browser().close();
  for (const server of servers) await server.close();
  await removeFolder(folder);
}, 60_000);

async function serve(path: string): Promise<SlowServer> {
  const server = await serveSlowly(path);
  servers.push(server);
  return server;
}

/** Opens a page that runs the snippet; returns how it ended and how many colours its canvas has. */
async function visit(address: string): Promise<{ title: string; colours: number }> {
  await page.goto(address);
  await page.waitForFunction(() => document.title !== "under way");
  return page.evaluate(() => {
    const canvas = document.querySelector("canvas") as HTMLCanvasElement;
    const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height);
    return { title: document.title, colours: new Set(new Uint32Array(data.buffer)).size };
  });
}

/** The TypeScript of a file as JavaScript, which names its neighbour so. */
async function toJavaScript(name: string): Promise<void> {
  const { code } = await transform(await readFile(join(folder, `${name}.ts`), "utf8"), { loader: "ts" });
  await writeFile(join(folder, `${name}.js`), code.replace("./snippet.ts", "./snippet.js"));
}

test("the README shows the snippet that is tested here", async () => {
  const readme = await readFile("README.md", "utf8");
  expect(readme).toContain(`\`\`\`ts\n${await readFile("examples/snippet.ts", "utf8")}\`\`\``);
});

describe("the snippet draws a map", { timeout: LONG ? 600_000 : 120_000 }, () => {
  const drawn = { title: "done", colours: expect.toSatisfy((colours: number) => colours > 10_000) };

  test("in plain HTML without a bundler, the weights in one request, kept for the next time", async () => {
    await Promise.all(["main", "snippet"].map(toJavaScript));
    await writeFile(join(folder, "plain.html"), html("/main.js", IMPORT_MAP));
    const asked = () => plain.requests.splice(0).filter((path) => path.includes(".safetensors"));
    expect(await visit(`${plain.origin}/plain.html`)).toEqual(drawn);
    expect(asked()).toEqual([WEIGHTS]);
    expect(await visit(`${plain.origin}/plain.html`)).toEqual(drawn);
    expect(asked()).toEqual([]);
  });

  test("built by Vite, which puts the weights beside the code", async () => {
    await build({ root: folder, configFile: false, logLevel: "error", build: { outDir: "site" } });
    const assets = await readdir(join(folder, "site/assets"));
    const sizes = await Promise.all(assets.map(async (name) => [name, (await stat(join(folder, "site/assets", name))).size] as const));
    expect(sizes.filter(([, size]) => size > 1e6)).toEqual([[expect.stringMatching(/^efficientnet-lite0.*\.safetensors$/), WEIGHTS_BYTES]]);
    expect(await visit((await serve(join(folder, "site"))).origin)).toEqual(drawn);
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
    expect(await visit(server.resolvedUrls?.local[0] as string)).toEqual(drawn);
  });

  test("bundled by esbuild, which leaves the weights to whoever serves the page, as the error says", async () => {
    const site = join(folder, "bundled");
    const options = { bundle: true, splitting: true, format: "esm", outdir: site, logLevel: "error" } as const;
    await bundle({ ...options, absWorkingDir: folder, entryPoints: ["main.ts"] });
    await writeFile(join(site, "index.html"), html("/main.js"));
    await copyFile(join(folder, PHOTO), join(site, PHOTO));
    const { origin } = await serve(site);
    const { title } = await visit(origin);
    expect(title).toMatch(
      /the server answered 404\. Serve node_modules\/relabel\/weights\/efficientnet-lite0\.safetensors with your page /,
    );
  });
});
