import { defineConfig } from "vite";

export default defineConfig({
  base: "./",
  build: { target: "es2022" },
  // The package is a link into the clone here, where its weights lie.
  server: { fs: { allow: ["../.."] } },
});
