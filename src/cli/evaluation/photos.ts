import { readdir, stat } from "node:fs/promises";
import { extname, join, parse } from "node:path";
import { CommandError } from "../errors.ts";

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
 * The images named, and those in the folders named, not in folders within: in the order of their names, at most `limit`. Throws a
 * CommandError where there are none, and where two would be filed under one name.
 */
export async function listPhotos(sources: readonly string[], limit = Number.POSITIVE_INFINITY): Promise<ListedPhoto[]> {
  const paths: string[] = [];
  for (const source of sources) {
    const facts = await stat(source).catch(() => undefined);
    if (!facts) throw new CommandError(`${source}: no such file or folder`, "Name a folder of photos, or photos one by one.");
    if (!facts.isDirectory()) paths.push(source);
    else for (const file of await readdir(source)) if (EXTENSIONS.includes(extname(file).toLowerCase())) paths.push(join(source, file));
  }
  const photos = paths.map((path) => ({ path, name: parse(path).name })).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  if (photos.length === 0)
    throw new CommandError(`There are no photos in ${sources.join(", ")}`, `Name a folder with ${EXTENSIONS.join(", ")} files.`);
  const twin = photos.find(({ name }, at) => name === photos[at + 1]?.name);
  if (twin) {
    throw new CommandError(
      `Two photos are called ${twin.name}`,
      "Results are filed under the name without its ending: rename one of them.",
    );
  }
  return photos.slice(0, limit);
}

/** The items of a part, in order. */
export function shardOf<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, at) => at % count === index);
}
