/** The built page as any web server sends it, in a folder below others: within its policy, to no other host, and without a connection. */
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../../src/cli/paths.ts";
import { builtOnce } from "../support/built-once.ts";
import { type SlowServer, serveSlowly } from "../support/slow-server.ts";
import { Visitor } from "./visitor.ts";

const PATH = "/tools/relabel/";

async function buildSite(folder: string): Promise<void> {
  await writeFile(join(folder, "other.html"), '<!doctype html><link rel="icon" href="data:,">');
  await build({
    configFile: join(ROOT, "vite.page.config.ts"),
    logLevel: "error",
    build: { outDir: join(folder, PATH), emptyOutDir: true },
  });
}

describe("the static page", { timeout: 300_000 }, () => {
  let visitor: Visitor;
  let server: SlowServer;
  /** What is served, where tests put a newer build. */
  let folder: string;
  /** Of all requests of the page and its workers: address, method, bytes sent. */
  const sent: { url: string; method: string; bytes: number }[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "relabel-static-"));
    await cp(await builtOnce("static", buildSite), folder, { recursive: true });
    server = await serveSlowly(folder);
    visitor = await Visitor.arrive({ server: { ...server, path: PATH, other: "/other.html" }, camera: true });
    visitor.page.on("request", (request) => {
      sent.push({ url: request.url(), method: request.method(), bytes: request.postData()?.length ?? 0 });
    });
    await visitor.load();
    await visitor.openSample("Cat");
    await visitor.resize(32);
  }, 300_000);

  afterAll(async () => {
    await visitor?.leave();
    await rm(folder, { recursive: true, force: true });
  }, 60_000);

  async function explain(): Promise<void> {
    await visitor.fill("#samples-count", "32");
    await visitor.click("#start");
    await visitor.read("#result-summary");
  }

  test("explains below a path of any depth, and all files but pages and the service worker have a hash in their names", async () => {
    await explain();
    expect((await visitor.compareCanvases()).colours).toBeGreaterThan(200);
    await visitor.page.waitForFunction(() => navigator.serviceWorker.controller?.state === "activated");
    const paths = new Set(server.requests.map((request) => request.replace(/ .*/, "")).filter((path) => path.startsWith(PATH)));
    expect(paths.size).toBeGreaterThan(20);
    const fixed = [...paths].filter((path) => !/-[\w-]{8}\.\w+$/.test(path));
    expect(fixed.sort()).toEqual([PATH, `${PATH}bench/`, `${PATH}bench/results/`, `${PATH}service-worker.js`]);
  });

  test("loads no kernels and operations: these are the worker's", async () => {
    const page = await readFile(join(folder, PATH, "index.html"), "utf8");
    const scripts = [...page.matchAll(/"\.\/(assets\/[^"]+\.js)"/g)].map(([, path]) => path as string);
    const bytes = await Promise.all(scripts.map(async (path) => (await readFile(join(folder, PATH, path))).length));
    expect(bytes.length).toBeGreaterThan(0);
    // Each costs a slow network a round trip. An await at the top level of any page's module makes them 40.
    expect(bytes.length).toBeLessThan(20);
    expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(200_000);
    expect(scripts.filter((path) => /operations|shaders|onnx/.test(path))).toEqual([]);
  });

  test("opens a photo of one's own, which no request carries, and asks no other host", async () => {
    await visitor.page.$eval("#top5", (list) => list.replaceChildren());
    await visitor.openFile(join(ROOT, "examples/rocket.jpg"));
    await visitor.page.waitForSelector("#top5 li");
    await explain();
    expect(sent.filter(({ url }) => !url.startsWith(server.origin) && !url.startsWith("blob:"))).toEqual([]);
    expect(sent.filter(({ method, bytes }) => method !== "GET" || bytes > 0)).toEqual([]);
  });

  test("takes a photo with the camera, which no request carries either", async () => {
    const { page } = visitor;
    await page.browserContext().overridePermissions(visitor.server.origin, ["camera" as never]);
    await page.focus("#camera-open");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#camera-take:not(:disabled)");
    expect(await visitor.visible("#camera-problem")).toBe(false);
    await page.$eval("#top5", (list) => list.replaceChildren());
    await page.keyboard.press("Enter");
    await visitor.read("#caption", /^camera-/);
    await page.waitForSelector("#top5 li");
    expect(sent.filter(({ method, bytes }) => method !== "GET" || bytes > 0)).toEqual([]);
    expect(visitor.errors).toEqual([]);
  });

  test("opens AVIF, whose decoder is WebAssembly in a worker", async () => {
    const photo = join(visitor.folder, "small.avif");
    await sharp(join(ROOT, "examples/cat.jpg")).resize(64, 64).avif().toFile(photo);
    await visitor.openFile(photo);
    await visitor.read("#caption", /^small\.avif\. The classifier sees/);
    await visitor.page.waitForSelector("#top5 li");
    expect(visitor.errors).toEqual([]);
  });

  test("the policy refuses another host, scripts as text and evaluation", async () => {
    const refused = await visitor.page.evaluate(async () => {
      const seen: string[] = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => seen.push(effectiveDirective));
      await fetch("http://127.0.0.1:9/").catch(() => {});
      try {
        document.body.insertAdjacentHTML("beforeend", "<p>text</p>");
      } catch {}
      try {
        new Worker("data:text/javascript,0");
      } catch (error) {
        seen.push((error as Error).message);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      return seen;
    });
    expect(refused).toEqual(
      expect.arrayContaining(["connect-src", "require-trusted-types-for", expect.stringMatching(/script of another server/)]),
    );
    // These were asked for.
    visitor.errors.length = 0;
  });

  test("a page that is open says that a newer build has come, and has it after a reload", async () => {
    const change = async (file: string, from: RegExp, to: string) => {
      const text = await readFile(join(folder, PATH, file), "utf8");
      expect(text).toMatch(from);
      await writeFile(join(folder, PATH, file), text.replace(from, to));
    };
    expect(await visitor.visible("#newer")).toBe(false);
    await change("index.html", /<title>.*?<\/title>/, "<title>Newer</title>");
    await change("service-worker.js", /"version":"\w+"/, '"version":"newer"');
    const before = server.requests.length;
    await visitor.page.evaluate(async () => (await navigator.serviceWorker.getRegistration())?.update());
    expect(await visitor.read("#newer")).toMatch(/newer version.*Reload/);
    // What has not changed is not downloaded again.
    expect(server.requests.slice(before).filter((path) => path.includes("/assets/"))).toEqual([]);
    await Promise.all([visitor.page.waitForNavigation(), visitor.click("#reload")]);
    expect(await visitor.page.title()).toBe("Newer");
    await visitor.load();
    expect(await visitor.visible("#newer")).toBe(false);
  });

  test("the benchmark's page measures under its policy, against WebAssembly, too", async () => {
    await visitor.page.goto(`${server.origin}${PATH}bench/?suite=kernels&batch=1&layer=gemm+512&quick=yes&peer=ort-wasm`);
    await visitor.read("#status", /to measure/);
    await visitor.click("#run");
    await visitor.read("#status", /^Done/);
    // Until then the page asks whoever leaves it.
    await visitor.page.waitForSelector("#stop:disabled");
    expect(await visitor.text("#rows thead")).toMatch(/onnxruntime-web WASM/i);
    expect(await visitor.text("#rows tbody tr")).toMatch(/\d/);
    expect(visitor.errors).toEqual([]);
  });

  test("once visited, it is there without a connection, and explains", async () => {
    const kept = await visitor.page.evaluate(async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith("relabel-page"));
      const cache = await caches.open(names[0] as string);
      return (await cache.keys()).map(({ url }) => url);
    });
    expect(kept.some((url) => /efficientnet-lite0-.*safetensors$/.test(url))).toBe(true);
    // Not what nobody has asked for, and no photo.
    expect(kept.filter((url) => /vae-.*safetensors|ort-.*\.wasm$|blob:/.test(url))).toEqual([]);
    server.close();
    await visitor.page.goto("about:blank");
    await visitor.load();
    await visitor.openSample("Cat");
    await visitor.resize(32);
    await explain();
    expect(visitor.errors).toEqual([]);
  });
});
