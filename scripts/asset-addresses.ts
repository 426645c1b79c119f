/** Lets bundlers find the files that the built library addresses. */
import type { Plugin } from "vite";

/** Removes the comments that keep vite from bundling these files into the library. */
export function assetAddresses(): Plugin {
  return {
    name: "asset-addresses",
    apply: "build",
    renderChunk: (code) => ({ code: code.replace(/\/\* @vite-ignore \*\/\s*/g, ""), map: null }),
  };
}
