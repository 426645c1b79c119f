/** Shrinks the kernels' text in builds. */
import { readFileSync } from "node:fs";
import type { Plugin } from "vite";

/**
 * WGSL without comments and without spaces that do not matter. Lines stay apart, since constants are found and replaced line by line. Two
 * signs that mean something else when they touch, such as - -, keep the space between them.
 */
export function minifyWgsl(source: string): string {
  return source
    .split("\n")
    .map((line) =>
      line
        .replace(/\/\/.*$/, "")
        .trim()
        .replace(/ *([{}()[\];,:=*/]) */g, "$1")
        .replace(/(?<![-+<>&|!]) ?(<<|>>|->|&&|\|\||[-+<>&|!%]=?) ?(?![-+<>&|!])/g, "$1")
        .replace(/^(const \w+):(\w+)=/, "$1: $2 = ")
        .replace(/^(alias \w+)=/, "$1 = "),
    )
    .filter((line) => line !== "")
    .join("\n");
}

/** Kernels' sources in the built library. */
export function minifiedShaders(): Plugin {
  return {
    name: "minified-shaders",
    enforce: "pre",
    apply: "build",
    load(id) {
      const [path, query] = id.split("?");
      if (!path?.endsWith(".wgsl") || query !== "raw") return;
      return `export default ${JSON.stringify(minifyWgsl(readFileSync(path, "utf8")))};`;
    },
  };
}
