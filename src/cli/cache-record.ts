/** Remembers what each downloaded file was, so that a changed file is noticed before it is used. */
import { rename, stat, writeFile } from "node:fs/promises";
import { type InferOutput, number, object, picklist, pipe, regex, string } from "valibot";
import { CommandError } from "./errors.ts";
import { readJson } from "./json-file.ts";
import { hashFile } from "./partial-file.ts";
import { notify } from "./print.ts";

const RECORD = object({
  size: number(),
  /** Modification time in milliseconds. */
  modified: number(),
  sha256: pipe(string(), regex(/^[0-9a-f]{64}$/, "a SHA-256")),
  /** Nobody stated the hash of a file from an address without one, or that the user put there. */
  statedBy: picklist(["source", "hub", "mirror", "nobody"]),
});

/** What a file in the cache was when it was put there, kept in a file next to it, with which later downloads are compared. */
export type CacheRecord = InferOutput<typeof RECORD>;

/** Where the record of a file is. */
export const recordPath = (path: string) => `${path}.json`;

export async function readRecord(path: string): Promise<CacheRecord | undefined> {
  return readJson(recordPath(path), RECORD, "Delete that file, and the weights beside it unless you put them there yourself.");
}

/** Records the file at `path` as it is now. */
export async function writeRecord(path: string, sha256: string, statedBy: CacheRecord["statedBy"]): Promise<void> {
  const { size, mtimeMs: modified } = await stat(path);
  const temporary = `${recordPath(path)}.${process.pid}`;
  await writeFile(temporary, `${JSON.stringify({ size, modified, sha256, statedBy })}\n`);
  await rename(temporary, recordPath(path));
}

/**
 * Holds a file of the cache to its record before it is used: by size and time, and by its hash where these have changed. One without a record
 * is recorded, which is said unless it is the published file. Throws a CommandError for a file that has changed, and for a mirror's that is not
 * the `published` one, by its SHA-256.
 */
export async function checkCached(path: string, published?: string): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  const record = await readRecord(path);
  if (record && published !== undefined && record.sha256 !== published && record.statedBy !== "nobody") {
    throw new CommandError(
      `${path} is not the file that is published now`,
      "Delete it and download it again; what it computed is not the named net's.",
    );
  }
  if (record?.size === size && record.modified === mtimeMs) return;
  const sha256 = (await hashFile(path)) as string;
  if (record && record.sha256 !== sha256) {
    throw new CommandError(
      `${path} has changed since it was put there: its SHA-256 is ${sha256} and was ${record.sha256}`,
      "Delete it and download it again. If you changed it yourself, name it with --weights from another folder.",
    );
  }
  if (!record && sha256 !== published) {
    const what = published === undefined ? "" : ", which is not the published file's";
    notify(`${path} was not downloaded by this command. From now on it is held to its SHA-256, ${sha256}${what}.`);
  }
  // A cache that may only be read is as good: the file is hashed again the next time.
  await writeRecord(path, sha256, record?.statedBy ?? (sha256 === published ? "source" : "nobody")).catch(() => {});
}
