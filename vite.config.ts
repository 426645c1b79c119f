import { defineConfig } from "vite";
import { assetAddresses } from "./scripts/asset-addresses.ts";
import { minifiedShaders } from "./scripts/minify-wgsl.ts";

/** `vite` serves the page with its sources; `vite build` makes dist/, the engine as a library of several files. */
export default defineConfig({
  appType: "mpa",
  publicDir: false,
  plugins: [minifiedShaders(), assetAddresses()],
  // Only the worker that decodes photos imports it, and it finds its WebAssembly by its own address.
  // The pages that it serves: those of examples/ have servers of their own.
  optimizeDeps: { exclude: ["@jsquash/avif"], entries: ["index.html", "bench/**/*.html", "src/**/*.html"] },
  build: {
    target: "es2022",
    sourcemap: true,
    lib: {
      entry: {
        index: "src/index.ts",
        engine: "src/faces/engine.ts",
        methods: "src/faces/methods.ts",
        nets: "src/faces/nets.ts",
        evaluate: "src/faces/evaluate.ts",
        worker: "src/faces/worker.ts",
        "worker/worker-thread": "src/worker/worker-thread.ts",
        element: "src/faces/element.ts",
      },
      formats: ["es"],
    },
    rolldownOptions: { output: { preserveModules: true, preserveModulesRoot: "src", entryFileNames: "[name].js" } },
  },
});
