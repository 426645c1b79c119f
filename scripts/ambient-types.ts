/** Adds src/ambient.d.ts to the built declarations, and a reference to it to those of every face: the compiler leaves it out. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { ROOT } from "../src/cli/paths.ts";

interface Face {
  readonly types: string;
}

if (process.argv.includes("--write")) {
  const { exports } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const ambient = join(ROOT, "dist", "types", "ambient.d.ts");
  copyFileSync(join(ROOT, "src", "ambient.d.ts"), ambient);
  for (const { types } of Object.values<Partial<Face>>(exports)) {
    if (!types) continue;
    const path = join(ROOT, types);
    const from = relative(dirname(path), ambient).replaceAll("\\", "/");
    const reference = `/// <reference path="${from.startsWith(".") ? from : `./${from}`}" />\n`;
    const text = readFileSync(path, "utf8");
    if (!text.startsWith(reference)) writeFileSync(path, reference + text);
  }
}
