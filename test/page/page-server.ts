import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build, createServer, type Plugin } from "vite";
import { ROOT } from "../../src/cli/paths.ts";
import { builtOnce } from "../support/built-once.ts";
import { serveSlowly } from "../support/slow-server.ts";
import { smallInput } from "../support/small-input.ts";

/** Height and width that published classifiers take here. */
const SIDE = 112;

/** The page under an address of its own. */
export interface PageServer {
  readonly origin: string;
  /** Where the page lies below that. */
  readonly path?: string;
  /** Path of another document there, which is none of the page's. */
  readonly other: string;
  close(): unknown;
}

/** What tests call beside the page: /src/page/view.js in what is built. */
const MODULES = [
  ...["src/engine/engine", "src/explain/tuning", "src/nets/weights/kept-files"],
  ...["src/page/decoder", "src/page/fetch-weights", "src/page/profile/profile-view", "src/page/tuning-store", "src/page/view"],
];

/** Files that tests make stand in for published ones, of which the page then knows nothing beforehand. */
const unpinned: Plugin = {
  name: "unpinned",
  load: (id) => (id.endsWith("/src/zoo/pins.ts") ? "export const PINS = {};" : undefined),
};

/** The page as `npm start` serves it: hundreds of modules a visit. */
export async function serveSources(folder: string): Promise<PageServer> {
  const server = await createServer({
    plugins: [smallInput(SIDE), unpinned],
    root: ROOT,
    configFile: join(ROOT, "vite.config.ts"),
    cacheDir: join(folder, "vite"),
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0, watch: null },
  });
  await server.listen();
  return { origin: new URL(server.resolvedUrls?.local[0] ?? "").origin, other: "/src/cli/host.html", close: () => server.close() };
}

/** The page as it is once built, which costs a visit of it much less. */
export async function serveBuilt(): Promise<PageServer> {
  return { ...(await serveSlowly(await builtOnce("page", buildPage))), other: "/other.html" };
}

async function buildPage(outDir: string): Promise<void> {
  await writeFile(join(outDir, "other.html"), '<!doctype html><link rel="icon" href="data:,">');
  await build({
    root: ROOT,
    configFile: false,
    publicDir: false,
    logLevel: "error",
    plugins: [smallInput(SIDE), unpinned],
    worker: { format: "es", plugins: () => [smallInput(SIDE), unpinned] },
    build: {
      ...{ outDir, emptyOutDir: false, target: "es2023", minify: false, assetsInlineLimit: 0, modulePreload: false },
      rolldownOptions: {
        input: { index: join(ROOT, "index.html"), ...Object.fromEntries(MODULES.map((name) => [name, join(ROOT, `${name}.ts`)])) },
        preserveEntrySignatures: "strict",
        // By the names that they have as sources; styles may be of several files.
        output: {
          entryFileNames: "[name].js",
          assetFileNames: ({ originalFileNames: [file], names: [name] }) => (file && !name?.endsWith(".css") ? file : `assets/${name}`),
        },
      },
    },
  });
}
