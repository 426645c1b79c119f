/** Tells the page's service worker which files the build has, and the page where that worker is. */
import { createHash } from "node:crypto";
import type { Plugin } from "vite";

/** The worker's file: its name stays, since browsers look there for newer builds. */
export const WORKER = "service-worker.js";

/** Files above are kept once they are asked for: the VAE's weights, and what the benchmark compares with. */
const LARGE_BYTES = 10e6;

/** Writes the list of files in front of the worker's code, which reads it as BUILD. */
export function offline(): Plugin {
  return {
    name: "offline",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (_, { path }) =>
        path === "/index.html" ? [{ tag: "meta", attrs: { name: "service-worker", content: WORKER }, injectTo: "head" }] : [],
    },
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== "chunk" || worker.imports.length > 0) this.error(`${WORKER} is missing, or imports something.`);
        const files = Object.values(bundle).filter(({ fileName }) => /^assets\/|\.html$/.test(fileName));
        const hash = createHash("sha256").update(worker.code);
        const lists: { files: string[]; large: string[] } = { files: [], large: [] };
        for (const file of files.sort((a, b) => (a.fileName < b.fileName ? -1 : 1))) {
          const content = Buffer.from(file.type === "chunk" ? file.code : file.source);
          hash.update(file.fileName).update(content);
          // Pages by their folders: servers may redirect what names the file.
          lists[content.length > LARGE_BYTES ? "large" : "files"].push(file.fileName.replace(/(^|\/)index\.html$/, "$1"));
        }
        const build = { version: hash.digest("hex").slice(0, 16), ...lists };
        worker.code = `const BUILD = ${JSON.stringify(build)};\n${worker.code}`;
      },
    },
  };
}
