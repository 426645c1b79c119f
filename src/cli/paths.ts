import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Folder of the weights that come with the project. */
export const WEIGHTS = join(ROOT, "weights");
