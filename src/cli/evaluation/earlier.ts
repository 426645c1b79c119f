/** Reads runs that early versions wrote, so that they can still be merged. */
import { join } from "node:path";
import * as v from "valibot";
import { readJson } from "../json-file.ts";
import { adapter } from "../schema-parts.ts";
import type { PhotoRecord } from "./record.ts";
import { evaluation, explained, fileName, shard, target } from "./schemas.ts";

/** Of versions before results had keys: one record a photo, of all methods, which does not say which weights and photo it comes from. */
export const earlierRun = v.object({
  settings: v.looseObject({ teacher: v.string(), precision: v.string(), fit: v.string(), seed: v.number(), protocol: v.string() }),
  photos: v.array(fileName),
  shard,
});

const shared = { image: v.string(), adapter: v.optional(adapter) };
const skipped = v.object({ ...shared, skipped: v.string() });
const scored = v.object({ ...shared, target, explained: v.array(explained), evaluation, pictures: v.array(fileName) });
// A union would not tell which field of which form is wrong.
const record = v.lazy((value) => (v.is(v.object({ skipped: v.unknown() }), value) ? skipped : scored));

/** The record of a photo, and its files in the folder; undefined where there is none. Throws a CommandError for a damaged one. */
export async function readEarlier(folder: string, name: string): Promise<{ record: PhotoRecord; files: string[] } | undefined> {
  const path = join(folder, "photos", `${name}.json`);
  const found = await readJson(path, record, "Delete the file, and evaluate its photo with this version.");
  if (!found) return undefined;
  const files = [`photos/${name}.json`];
  if ("skipped" in found) return { record: found, files };
  const { pictures, adapter, ...rest } = found;
  const paths = Object.fromEntries(pictures.map((what) => [what, `photos/${name}.${what}.webp`]));
  return { record: { ...rest, adapters: adapter ? [adapter] : [], pictures: paths }, files: [...Object.values(paths), ...files] };
}
