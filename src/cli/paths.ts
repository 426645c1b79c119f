/** Where the project's files are and how its commands are typed, in a clone and once installed. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The nearest folder above with a package.json: this module is a source file or a part of a bundle, which lie at different depths. */
function findRoot(folder: string): string {
  return existsSync(join(folder, "package.json")) ? folder : findRoot(dirname(folder));
}

export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

/** Folder of the weights that come with the project. */
export const WEIGHTS = join(ROOT, "weights");

const { name, version }: { name: string; version: string } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));

export const VERSION = version;

/** Whether this is the command that users install, not a clone of the repository. */
const INSTALLED = name === "relabel-cli";

/** A command as the user types it, such as "relabel weights vgg16". */
export function typed(command: string, ...words: readonly string[]): string {
  if (INSTALLED) return ["relabel", command, ...words].join(" ");
  return ["npm run", command, ...(words.length > 0 ? ["--", ...words] : [])].join(" ");
}

/** What the user types to install an optional part where this package is installed. */
export function installCommand(part: string): string {
  const local = existsSync(join(ROOT, "..", "..", "package.json")) || !INSTALLED;
  return `npm install ${local ? "" : "-g "}${part}`;
}

/** npm starts scripts in the folder of package.json. */
export const CHECK_PATH = `Check the path; it is relative to the ${INSTALLED ? "current folder" : "folder of package.json"}.`;
