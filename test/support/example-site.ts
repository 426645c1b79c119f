import { spawnSync } from "node:child_process";
import { copyFile, cp, mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import puppeteer, { type Page } from "puppeteer-core";
import send from "send";
import { build, type Plugin } from "vite";
import { findBrowser } from "../../src/cli/find-browser.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { smallInput } from "./small-input.ts";

const PATIENCE = 240_000;

/** Chrome without a GPU, which draws what WebGPU canvases show by the same software adapter: otherwise they stay empty. */
const SOFTWARE = [
  ...["--enable-unsafe-webgpu", "--enable-webgpu-developer-features", "--ignore-gpu-blocklist", "--disable-gpu-watchdog"],
  ...["--use-webgpu-adapter=swiftshader", "--use-vulkan=swiftshader", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
  "--enable-features=Vulkan",
];

/** What makes the library quick: it shows photos to its classifier in 64 x 64 pixels, and explains by a method that asks once. */
const QUICK = `
const { explain } = Session.prototype;
Session.prototype.explain = function (photo, options) {
  return explain.call(this, photo, { method: "grad-cam", ...options });
};
`;

const quick: Plugin = {
  name: "quick",
  enforce: "pre",
  transform: (code, id) => (id.endsWith("/src/explain/session.ts") ? code + QUICK : undefined),
};

/** Runs a command to its end, and throws what it wrote where it fails. */
export function run(cwd: string, command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (status !== 0) throw new Error(`${[command, ...args].join(" ")}: ${stdout}${stderr}`);
  return stdout;
}

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
      plugins: [quick, smallInput(64)],
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

  /** Builds an example of a bundler against the built library. */
  async build(name: string): Promise<void> {
    const [root, dist] = [join(ROOT, "examples", name), join(this.folder, "dist")];
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

  /** Does in a copy of an example what its README says, with the library as a package; from a registry comes what else it needs. */
  async install(name: string): Promise<string> {
    const examples = join(this.folder, "examples");
    const copy = join(examples, name);
    await cp(join(ROOT, "examples", name), copy, { recursive: true, filter: (path) => !path.includes("node_modules") });
    await copyFile(join(ROOT, "examples", "cat.jpg"), join(examples, "cat.jpg"));
    // The site's folder is the package: it lies two above the example, as the clone does.
    await copyFile(join(ROOT, "package.json"), join(this.folder, "package.json"));
    run(ROOT, "npx", "tsc", "-p", "tsconfig.build.json", "--outDir", join(this.folder, "dist", "types"));
    run(copy, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer");
    return copy;
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
