import { copyFile, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build as bundle, transform } from "esbuild";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LONG } from "../support/long.ts";
import { page as html, PHOTO } from "../support/package-folder.ts";
import { PackageSite } from "../support/package-site.ts";

const WEIGHTS = "/node_modules/relabel/weights/efficientnet-lite0.safetensors";
const WEIGHTS_BYTES = 9_579_784;
const IMPORT_MAP = '<script type="importmap">{ "imports": { "relabel": "/node_modules/relabel/dist/index.js" } }</script>';

let site: PackageSite;
let folder: string;

beforeAll(async () => {
  site = await PackageSite.open(LONG, LONG ? 600_000 : 100_000);
  folder = site.folder;
}, 120_000);

afterAll(() => site?.close(), 60_000);

/** Opens a page that runs the snippet; returns how it ended and how many colours its canvas has. */
async function visit(address: string): Promise<{ title: string; colours: number }> {
  const title = await site.visit(address);
  const colours = await site.page.evaluate(() => {
    const canvas = document.querySelector("canvas") as HTMLCanvasElement;
    const { data } = (canvas.getContext("2d") as CanvasRenderingContext2D).getImageData(0, 0, canvas.width, canvas.height);
    return new Set(new Uint32Array(data.buffer)).size;
  });
  return { title, colours };
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
    const asked = () => site.plain.requests.splice(0).filter((path) => path.includes(".safetensors"));
    expect(await visit(`${site.plain.origin}/plain.html`)).toEqual(drawn);
    expect(asked()).toEqual([WEIGHTS]);
    expect(await visit(`${site.plain.origin}/plain.html`)).toEqual(drawn);
    expect(asked()).toEqual([]);
  });

  test("built by Vite, which puts the weights beside the code", async () => {
    await build({ root: folder, configFile: false, logLevel: "error", build: { outDir: "site" } });
    const assets = await readdir(join(folder, "site/assets"));
    const sizes = await Promise.all(assets.map(async (name) => [name, (await stat(join(folder, "site/assets", name))).size] as const));
    expect(sizes.filter(([, size]) => size > 1e6)).toEqual([[expect.stringMatching(/^efficientnet-lite0.*\.safetensors$/), WEIGHTS_BYTES]]);
    expect(await visit(await site.serve(join(folder, "site")))).toEqual(drawn);
  });

  test("served by Vite while it is developed", async () => {
    expect(await visit(await site.develop())).toEqual(drawn);
  });

  test("bundled by esbuild, which leaves the weights to whoever serves the page, as the error says", async () => {
    const bundled = join(folder, "bundled");
    const options = { bundle: true, splitting: true, format: "esm", outdir: bundled, logLevel: "error" } as const;
    await bundle({ ...options, absWorkingDir: folder, entryPoints: ["main.ts"] });
    await writeFile(join(bundled, "index.html"), html("/main.js"));
    await copyFile(join(folder, PHOTO), join(bundled, PHOTO));
    const { title } = await visit(await site.serve(bundled));
    expect(title).toMatch(
      /the server answered 404\. Serve node_modules\/relabel\/weights\/efficientnet-lite0\.safetensors with your page /,
    );
  });
});
