/** Keeps what `tune` finds out for later commands. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { asTuning, type Tuning, type TuningStore } from "../faces/all.ts";
import { cacheFolder } from "./cache-path.ts";
import { CommandError } from "./errors.ts";
import { replaceFiles } from "./files.ts";
import { typed } from "./paths.ts";

/** The file of what was tuned under a key: one each, so that processes that tune at the same time lose nothing of one another. */
export function tuningPath(key: string): string {
  return join(cacheFolder(), "tuning", `${createHash("sha256").update(key).digest("hex").slice(0, 16)}.json`);
}

/** A store in the cache folder. A damaged file is reported to `notify` and counts as none. */
export function fileStore(notify: (line: string) => void): TuningStore {
  return {
    async load(key) {
      const path = tuningPath(key);
      const text = await readFile(path, "utf8").catch(() => undefined);
      if (text === undefined) return undefined;
      const tuning = parse(text, key);
      if (!tuning) notify(`${path} is damaged and is ignored; \`${typed("tune")}\` writes it anew.`);
      return tuning;
    },
    async save(key, tuning) {
      const path = tuningPath(key);
      try {
        await replaceFiles(new Map([[path, `${JSON.stringify({ key, ...tuning }, undefined, 2)}\n`]]));
      } catch (cause) {
        throw new CommandError(
          `${path} could not be written (${(cause as Error).message})`,
          "Free some space, or name another cache folder with RELABEL_CACHE.",
          { cause },
        );
      }
    },
  };
}

function parse(text: string, key: string): Tuning | undefined {
  try {
    const value = JSON.parse(text);
    return value?.key === key ? asTuning(value) : undefined;
  } catch {
    return undefined;
  }
}
