import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { isBuiltin } from "node:module";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { ROOT, VERSION } from "../../src/cli/paths.ts";
import { installCommand, installVae, type Packed, runInstalled, startInstalled } from "../support/installed.ts";
import { LONG } from "../support/long.ts";
import { allEnded, listening, processTree } from "../support/processes.ts";

const MINUTE = 60_000;
const CAT = join(ROOT, "examples", "cat.jpg");

let folder: string;
let files: readonly Packed[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "relabel-installed-"));
  files = await installCommand(folder);
}, 2 * MINUTE);

afterAll(() => rm(folder, { recursive: true, force: true }));

const run = (args: readonly string[], settings?: Parameters<typeof runInstalled>[2]) => runInstalled(folder, args, settings);
const readJson = async (path: string) => JSON.parse(await readFile(join(ROOT, path), "utf8"));

describe("the package", () => {
  test("holds the command, its page, the default classifier and the licences, and no VAE", () => {
    const paths = files.map(({ path }) => path);
    const expected = ["LICENSE", "NOTICE", "README.md", "dist/relabel.mjs", "dist/pages/src/cli/host.html"];
    expect(paths).toEqual(expect.arrayContaining([...expected, "weights/efficientnet-lite0.safetensors", "dist/assets/avif_dec.wasm"]));
    expect(paths.filter((path) => /vae.*safetensors|\.map$|\.ts$/.test(path))).toEqual([]);
    // With sharp, which is 20 MB, no more than 60 MB are installed.
    expect(files.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(25e6);
  });

  test("is installed with sharp alone, as the clone's version", async () => {
    const [own, root] = [await readJson("packages/cli/package.json"), await readJson("package.json")];
    expect(own.dependencies).toEqual({ sharp: root.devDependencies.sharp });
    expect([own.version, own.engines, own.license]).toEqual([root.version, root.engines, root.license]);
    expect((await readJson("packages/vae/package.json")).version).toBe(root.version);
  });

  test("imports nothing but Node's own modules, sharp, and what few need where that is installed", async () => {
    const dist = join(folder, "node_modules", "relabel-cli", "dist");
    const { metafile } = await build({
      ...{ bundle: true, packages: "external", platform: "node", format: "esm", write: false, metafile: true, outdir: "out" },
      entryPoints: [join(dist, "relabel.mjs")],
      logLevel: "silent",
    });
    const imports = Object.values(metafile.inputs).flatMap((input) => input.imports.filter(({ external }) => external));
    const outer = new Set(imports.map(({ path }) => path).filter((path) => !isBuiltin(path)));
    // Vega draws without canvas where there is none.
    expect([...outer].sort()).toEqual(["aws4fetch", "canvas", "pg", "pg-boss", "sharp", "webgpu"]);
  });

  test("names the licence of what is inside", async () => {
    const notice = await readFile(join(folder, "node_modules", "relabel-cli", "NOTICE"), "utf8");
    for (const name of ["commander", "puppeteer-core", "satori", "@fontsource/inter", "@jsquash/avif", "undici", "vega-lite"])
      expect(notice).toMatch(new RegExp(`^${name} \\d[\\d.]+, [\\w.-]+\\nSource: `, "m"));
    expect(notice).toContain("SIL OPEN FONT LICENSE");
  });
});

describe("without a browser, the installed command", () => {
  test("says its version, and its commands in its own name", async () => {
    expect(await run(["--version"])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
    const help = await run(["explain", "--help"]);
    expect(help.stdout).toMatch(/^Usage: relabel explain/);
    expect(help.stdout).not.toContain("npm run");
    expect((await run(["classify", CAT, "--model", "vgg16"])).stderr).toMatch(/Run `relabel weights vgg16` \(/);
  });

  test.each<[string, string[], RegExp]>([
    ["the VAE", ["explain", CAT, "--synthesis", "paper"], /^error: This needs the weights of the VAE.* `npm install -g relabel-vae`.*\n$/],
    ["the VAE, as a fill", ["explain", CAT, "--fill", "vae"], /`npm install -g relabel-vae`/],
    ["webgpu", ["classify", CAT, "--runtime", "node"], /^error: The optional package webgpu is not.* `npm install -g webgpu`.*\n$/],
  ])("says in a line how to install %s", async (_, args, says) => {
    expect(await run(args)).toEqual({ code: 2, stdout: "", stderr: expect.stringMatching(says) });
  });

  test("asks the proxy of the environment", async () => {
    const asked: string[] = [];
    const proxy = createServer();
    proxy.on("connect", ({ url }, socket) => {
      asked.push(String(url));
      socket.end("HTTP/1.1 418 No\r\n\r\n");
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    onTestFinished(() => void proxy.close());
    const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    const env = { HTTPS_PROXY: address, https_proxy: address, NO_PROXY: "", no_proxy: "" };
    const { stderr } = await run(["classify", CAT, "--weights", "https://weights.invalid/model.safetensors"], { env });
    expect(stderr).toMatch(/weights\.invalid cannot be reached/);
    expect(asked).toEqual(["weights.invalid:443"]);
  });
});

describe.runIf(LONG)("with a browser, the installed command", () => {
  test("classifies and explains, a photo through a pipe too, and leaves no profile", { timeout: 5 * MINUTE }, async () => {
    const env = { TMPDIR: await mkdtemp(join(folder, "tmp-")) };
    const classified = await run(["classify", "-", "--json"], { env, input: await readFile(CAT) });
    expect(classified.code).toBe(0);
    expect(JSON.parse(classified.stdout)).toMatchObject([{ image: "-", top5: [{ index: 285 }, { index: 282 }, {}, {}, {}] }]);
    const args = ["explain", CAT, "--method", "relabel,rise", "--forwards", "16", "--out", "maps", "--json"];
    const explained = await run(args, { env });
    expect(explained.code).toBe(0);
    expect(JSON.parse(explained.stdout).methods).toMatchObject([{ method: "relabel" }, { method: "rise" }]);
    const figure = await readFile(join(folder, "maps", "cat.methods.png"));
    expect(figure.subarray(1, 4).toString()).toBe("PNG");
    expect(await readdir(env.TMPDIR)).toEqual([]);
  });

  test("overwrites nothing of others", { timeout: MINUTE }, async () => {
    const out = await mkdtemp(join(folder, "foreign-"));
    await writeFile(join(out, "cat.json"), "mine");
    const { code, stderr } = await run(["explain", CAT, "--samples", "8", "--out", out]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/cat\.json exists and carries no mark of relabel/)]);
    expect(await readFile(join(out, "cat.json"), "utf8")).toBe("mine");
    expect(await readdir(out)).toEqual(["cat.json"]);
  });

  test.skipIf(process.platform !== "linux")(
    "opens no port but its own page's, which answers nobody else, and killed it leaves no process",
    { timeout: 5 * MINUTE },
    async () => {
      const child = startInstalled(folder, ["explain", CAT, "--samples", "2000", "--out", "killed"]);
      let said = "";
      for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += text));
      await vi.waitUntil(() => said.includes("sampling"), { timeout: 2 * MINUTE });
      const [own, ...others] = processTree(child.pid as number);
      expect(others.length).toBeGreaterThan(2);
      expect(listening(others)).toEqual([]);
      const addresses = listening([own as NonNullable<typeof own>]);
      expect(addresses).toEqual([expect.stringMatching(/^0100007F:[0-9A-F]{4}$/)]);
      const origin = `http://127.0.0.1:${Number.parseInt((addresses[0] as string).slice(9), 16)}`;
      for (const path of ["/", "/src/cli/host.html", "/weights/vae.safetensors"]) expect((await fetch(origin + path)).status).toBe(404);
      child.kill("SIGKILL");
      await allEnded([own as NonNullable<typeof own>, ...others]);
      expect(await readdir(folder)).not.toContain("killed");
    },
  );

  test("finds the VAE beside it", { timeout: 5 * MINUTE }, async () => {
    expect((await installVae(folder)).map(({ path }) => path).sort()).toEqual(["LICENSE", "README.md", "package.json", "vae.safetensors"]);
    const args = ["explain", CAT, "--synthesis", "paper", "--samples", "8", "--out", "paper", "--json"];
    const { code, stdout } = await run(args);
    expect(code).toBeLessThan(2);
    expect(JSON.parse(stdout)).toMatchObject({ synthesis: "paper", samples: 8 });
  });
});
