/** Builds packages/cli: the command with every JavaScript library inside, its page, the default classifier's weights, and NOTICE. */
import { chmod, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { build, type Plugin } from "vite";
import { ASSETS, assetPath } from "../src/cli/assets.ts";
import { bundlePage } from "../src/cli/bundle.mjs";
import { ROOT, WEIGHTS } from "../src/cli/paths.ts";
import { notify } from "../src/cli/print.ts";
import { minifiedShaders } from "./minify-wgsl.ts";
import { noticeOf, packageOf } from "./notice.ts";

/** What users install: binaries of a platform, and what only few need. */
const INSTALLED = ["sharp", "webgpu", "pg", "pg-boss", "aws4fetch"];
const COMMAND = "relabel.mjs";
const HOST = "src/cli/host.html";
const BUILT_IN = ["efficientnet-lite0.safetensors", "LICENSE.efficientnet-lite0"];

/** Notes the packages that a bundle is made of. */
function noting(packages: Set<string>): Plugin {
  return {
    name: "noting-packages",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "chunk") continue;
        for (const module of file.moduleIds) {
          const folder = packageOf(module);
          if (folder !== undefined) packages.add(folder);
        }
      }
    },
  };
}

/** The page is brought along: what would bundle it is left out, and vite with it. */
const withoutBundler: Plugin = {
  name: "without-bundler",
  enforce: "pre",
  load: (id) => (id === resolve(ROOT, "src/cli/bundle.mjs") ? "export {};" : undefined),
};

/** Writes the package's files into the folder, in place of what an earlier build left there. */
export async function buildCommand(target: string): Promise<void> {
  const [dist, weights] = [join(target, "dist"), join(target, "weights")];
  for (const folder of [dist, weights]) await rm(folder, { recursive: true, force: true });
  const packages = new Set<string>();
  await build({
    root: ROOT,
    configFile: false,
    publicDir: false,
    logLevel: "error",
    plugins: [minifiedShaders(), withoutBundler, noting(packages)],
    ssr: { noExternal: true, external: INSTALLED },
    build: {
      ssr: join(ROOT, "src/cli/main.ts"),
      outDir: dist,
      minify: true,
      target: "node20",
      rolldownOptions: {
        output: {
          entryFileNames: COMMAND,
          chunkFileNames: "[name]-[hash].mjs",
          banner: ({ isEntry }) => (isEntry ? "#!/usr/bin/env node" : ""),
        },
      },
    },
  });
  const settings = { plugins: [minifiedShaders(), noting(packages)], minify: true, sourcemap: false };
  await bundlePage(ROOT, HOST, join(dist, "pages", dirname(HOST)), settings);
  await mkdir(join(dist, "assets"));
  for (const file of ASSETS) {
    const path = assetPath(file);
    packages.add(packageOf(path) as string);
    await copyFile(path, join(dist, "assets", basename(file)));
  }
  await mkdir(weights);
  for (const file of BUILT_IN) await copyFile(join(WEIGHTS, file), join(weights, file));
  await copyFile(join(ROOT, "LICENSE"), join(target, "LICENSE"));
  await writeFile(join(target, "NOTICE"), await noticeOf(packages));
  await chmod(join(dist, COMMAND), 0o755);
}

if (process.argv.includes("--write")) {
  await buildCommand(join(ROOT, "packages", "cli"));
  notify("Built packages/cli. Pack it there with `npm pack`.");
}
