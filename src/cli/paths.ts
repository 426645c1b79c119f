import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The nearest folder above with a package.json: this module is a source file or a part of a bundle, which lie at different depths. */
function findRoot(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : findRoot(dirname(folder));
}

export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Folder of the weights that come with the project. */
export const WEIGHTS = join(ROOT, "weights");
