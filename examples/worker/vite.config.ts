import { defineConfig } from "vite";

export default defineConfig({
  // Workers that load parts of themselves later are modules.
  worker: { format: "es" },
  base: "./",
  build: { target: "es2022" },
  // The package is a link into the clone here, where its weights lie.
  server: { fs: { allow: ["../.."] } },
});
