/** `npm run build:page` makes dist-page/, the page, the benchmark's pages and the docs as files for any web server and any path. */
import { join } from "node:path";
import { defineConfig } from "vite";
import { minifiedShaders } from "./scripts/minify-wgsl.ts";
import { contentPolicy } from "./scripts/page/content-policy.ts";
import { offline, WORKER } from "./scripts/page/offline.ts";
import { pageDocs } from "./scripts/page/page-docs.ts";

const ROOT = import.meta.dirname;

export default defineConfig({
  root: ROOT,
  appType: "mpa",
  // Addresses are relative to the files, so that the folder may lie at any path.
  base: "./",
  publicDir: false,
  plugins: [minifiedShaders(), contentPolicy(), pageDocs(ROOT), offline()],
  worker: { format: "es", plugins: () => [minifiedShaders()] },
  build: {
    ...{ outDir: "dist-page", target: "es2023", assetsInlineLimit: 0, chunkSizeWarningLimit: 1000 },
    rolldownOptions: {
      input: {
        ...{ index: join(ROOT, "index.html"), bench: join(ROOT, "bench/index.html"), results: join(ROOT, "bench/results/index.html") },
        offline: join(ROOT, "src/page/service-worker.ts"),
      },
      // Names with a hash of the content may be cached for ever.
      output: { entryFileNames: ({ name }) => (name === "offline" ? WORKER : "assets/[name]-[hash].js") },
    },
  },
});
