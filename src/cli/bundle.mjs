/** Bundles TypeScript for Node and pages for Chrome while a command of a clone starts. */
import { basename, dirname, resolve } from "node:path";
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

/**
 * Bundles an HTML page with everything that it imports: a few files instead of hundreds, each of which would be a request of its own. They
 * name each other relative to the page.
 * @param {string} root
 * @param {string} page path of the HTML in the project
 * @param {string} [folder] where to write the files; without it they are only returned
 * @param {import("vite").BuildOptions & { plugins?: import("vite").Plugin[] }} [settings]
 */
export async function bundlePage(root, page, folder, { plugins = [], ...settings } = { minify: false, sourcemap: "inline" }) {
  const path = resolve(root, page);
  const { output } = /** @type {import("vite").Rolldown.RolldownOutput} */ (
    await build({
      root: dirname(path),
      base: "./",
      configFile: false,
      publicDir: false,
      logLevel: "error",
      plugins,
      build: {
        ...(folder === undefined ? { write: false } : { outDir: resolve(folder), emptyOutDir: false }),
        ...{ ...settings, target: "es2023", rolldownOptions: { input: path } },
      },
    })
  );
  return output.map((file) => ({
    name: file.fileName === basename(page) ? "" : file.fileName,
    content: file.type === "chunk" ? file.code : file.source,
  }));
}
