import type { Plugin } from "vite";

/** Takes the comments out of the built library that keep files out of it: bundlers of whoever uses it are to find the files. */
export function assetAddresses(): Plugin {
  return {
    name: "asset-addresses",
    apply: "build",
    renderChunk: (code) => ({ code: code.replace(/\/\* @vite-ignore \*\/\s*/g, ""), map: null }),
  };
}
