/** Lets bundlers find the files that the built library addresses. */
import type { Plugin } from "vite";

/**
 * Removes the comments that keep Vite from bundling these files into the library, and addresses the worker's script by the very words that
 * bundlers look for.
 */
export function assetAddresses(): Plugin {
  return {
    name: "asset-addresses",
    apply: "build",
    renderChunk: (code) => ({
      code: code
        .replace(/\/\* @vite-ignore \*\/\s*/g, "")
        .replace(/new globalThis\.Worker\(\s*new URL\(\s*"(.+?)\.ts"/g, 'new Worker(new URL("$1.js"'),
      map: null,
    }),
  };
}
