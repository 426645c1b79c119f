import { resolve } from "node:path";
import { build } from "vite";

/**
 * Bundles a TypeScript entry file for Node, with its `.wgsl?raw` imports, into FOLDER/entry.mjs and parts that only some commands need. Inside
 * node_modules the bundle finds the packages that it leaves out.
 * @param {string} root
 * @param {string} entry
 * @param {string} folder
 */
export async function bundleEntry(root, entry, folder) {
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "error",
    build: {
      ssr: resolve(root, entry),
      outDir: folder,
      sourcemap: true,
      rolldownOptions: { output: { entryFileNames: "entry.mjs", chunkFileNames: "[name]-[hash].mjs" } },
    },
  });
}
