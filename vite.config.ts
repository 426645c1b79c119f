import { defineConfig } from "vite";

/** `vite` serves the page with its sources; `vite build` makes dist/index.js, the engine as a library. */
export default defineConfig({
  appType: "mpa",
  publicDir: false,
  // Only the worker that decodes photos imports it, and it finds its WebAssembly by its own address.
  optimizeDeps: { exclude: ["@jsquash/avif"] },
  build: {
    target: "es2023",
    sourcemap: true,
    lib: { entry: "src/index.ts", formats: ["es"], fileName: "index" },
  },
});
