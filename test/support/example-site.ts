import { mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer, { type Page } from "puppeteer-core";
import send from "send";
import { build, type Plugin } from "vite";
import { findBrowser } from "../../src/cli/find-browser.ts";
import { ROOT } from "../../src/cli/paths.ts";

const PATIENCE = 240_000;

/** Chrome without a GPU, which draws what WebGPU canvases show by the same software adapter: otherwise they stay empty. */
const SOFTWARE = [
  ...["--enable-unsafe-webgpu", "--enable-webgpu-developer-features", "--ignore-gpu-blocklist", "--disable-gpu-watchdog"],
  ...["--use-webgpu-adapter=swiftshader", "--use-vulkan=swiftshader", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
  "--enable-features=Vulkan",
];

/** Sizes that make the library's own defaults quick, by the file that has them. */
const SMALLER: Readonly<Record<string, readonly [from: string, to: string]>> = {
  "/src/nets/input-spec.ts": ["height: 224, width: 224", "height: 96, width: 96"],
  "/src/explain/explain-options.ts": ["SOFTWARE_SAMPLES = 250", "SOFTWARE_SAMPLES = 32"],
};

const smaller: Plugin = {
  name: "smaller",
  enforce: "pre",
  transform(code, id) {
    const [, change] = Object.entries(SMALLER).find(([path]) => id.endsWith(path)) ?? [];
    if (!change) return;
    if (!code.includes(change[0])) throw new Error(`${id} does not say "${change[0]}".`);
    return code.replace(...change);
  },
};

/** The clone as a web server shows it once the library is built, with built examples, and a page open in Chrome on its software adapter. */
export class ExampleSite {
  private constructor(
    /** Holds what is built: `dist`, and a folder for each example. */
    readonly folder: string,
    readonly page: Page,
    readonly origin: string,
    readonly errors: string[],
    readonly server: Server,
  ) {}

  static async open(): Promise<ExampleSite> {
    const folder = await mkdtemp(join(tmpdir(), "relabel-examples-"));
    await build({
      root: ROOT,
      configFile: join(ROOT, "vite.config.ts"),
      logLevel: "error",
      plugins: [smaller],
      build: { outDir: join(folder, "dist"), sourcemap: false },
    });
    // The library finds its weights beside its code.
    await symlink(join(ROOT, "weights"), join(folder, "weights"));
    const server = createServer((request, response) => {
      const path = request.url ?? "/";
      const built = /^\/(dist|built)\//.test(path);
      send(request, path.replace(/^\/built/, ""), { root: built ? folder : ROOT }).pipe(response);
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const executablePath = await findBrowser(() => {});
    const args = [...SOFTWARE, ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])];
    const browser = await puppeteer.launch({ executablePath, args, pipe: true, protocolTimeout: 0 });
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE);
    const errors: string[] = [];
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("console", (message) => {
      // Browsers ask for an icon by themselves.
      if (message.type() === "error" && !message.location().url?.endsWith("/favicon.ico")) errors.push(message.text());
    });
    return new ExampleSite(folder, page, origin, errors, server);
  }

  /** Builds an example of a bundler, from a folder that looks like examples/NAME, against the built library. */
  async build(name: string, root = join(ROOT, "examples", name)): Promise<void> {
    const dist = join(this.folder, "dist");
    await build({
      root,
      base: "./",
      configFile: join(root, "vite.config.ts"),
      logLevel: "error",
      resolve: {
        alias: [
          { find: /^relabel$/, replacement: join(dist, "index.js") },
          { find: /^relabel\/(\w+)$/, replacement: `${dist}/$1.js` },
        ],
      },
      build: { outDir: join(this.folder, name), emptyOutDir: true },
    });
  }

  /** Opens a page and waits until an element's text matches; returns the text. Throws what the page throws. */
  async show(path: string, selector: string, pattern: RegExp): Promise<string> {
    this.errors.length = 0;
    await this.page.goto(`${this.origin}${path}`);
    const text = async () => this.page.$eval(selector, ({ textContent }) => textContent ?? "");
    for (const end = Date.now() + PATIENCE; !pattern.test(await text()); ) {
      if (this.errors.length > 0 || Date.now() > end) throw new Error(`${path}: ${[...this.errors, await text()].join("; ")}`);
      await new Promise((done) => setTimeout(done, 100));
    }
    return text();
  }

  /** How many colours the page's canvas has in its next frame. */
  colours(): Promise<number> {
    return this.page.evaluate(async () => {
      // Asked for twice, so that the page's own callback of that frame comes first.
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
      const canvas = document.querySelector("canvas") as HTMLCanvasElement;
      const context = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d") as OffscreenCanvasRenderingContext2D;
      context.drawImage(canvas, 0, 0);
      return new Set(new Uint32Array(context.getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
    });
  }

  async close(): Promise<void> {
    await this.page.browser().close();
    this.server.close();
    await rm(this.folder, { recursive: true, force: true });
  }
}
