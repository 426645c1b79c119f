import { readdir, stat } from "node:fs/promises";
import { extname, join, resolve } from "node:path";
import { CommandError } from "../errors.ts";
import { isMarked } from "../mark.ts";
import { foldName, stemOf } from "../names.ts";

const EXTENSIONS = [".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif", ".tif", ".tiff"];

/** A part of a list: every `count`-th item from `index` on. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A photo of a run: where it lies, and what its results are filed under. */
export interface ListedPhoto {
  readonly path: string;
  readonly name: string;
}

/**
 * The images named, and those in the folders named, not in folders within, and without pictures that the project made: in the order of their
 * names, at most `limit`. Throws a CommandError where there are none, and where two would be filed under one name.
 */
export async function listPhotos(sources: readonly string[], limit = Number.POSITIVE_INFINITY): Promise<ListedPhoto[]> {
  const paths = new Map<string, string>();
  for (const source of sources) {
    const facts = await stat(source).catch(() => undefined);
    if (!facts) throw new CommandError(`${source}: no such file or folder`, "Name a folder of photos, or photos one by one.");
    for (const path of facts.isDirectory() ? await photosIn(source) : [source]) paths.set(resolve(path), path);
  }
  const photos = [...paths.values()]
    .map((path) => ({ path, name: stemOf(path) }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (photos.length === 0)
    throw new CommandError(`There are no photos in ${sources.join(", ")}`, `Name a folder with ${EXTENSIONS.join(", ")} files.`);
  const names = new Map<string, string>();
  for (const { path, name } of photos) {
    const twin = names.get(foldName(name));
    if (twin !== undefined)
      throw new CommandError(`Results of ${twin} and ${path} would both be filed under ${name}`, "Rename one of the photos.");
    names.set(foldName(name), path);
  }
  return photos.slice(0, limit);
}

async function photosIn(folder: string): Promise<string[]> {
  const photos: string[] = [];
  for (const file of await readdir(folder)) {
    const path = join(folder, file);
    // A report that lies beside the photos is none of them; what cannot be read is reported later.
    if (EXTENSIONS.includes(extname(file).toLowerCase()) && !(await isMarked(path).catch(() => false))) photos.push(path);
  }
  return photos;
}

/** The items of a part, in order. */
export function shardOf<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, at) => at % count === index);
}
