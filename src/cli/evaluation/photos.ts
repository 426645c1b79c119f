/** Chooses the photos of a run, and the part of them that falls to a shard. */
import { readFile, stat } from "node:fs/promises";
import { dirname, extname, resolve } from "node:path";
import type { Box } from "../../faces/all.ts";
import { CommandError } from "../errors.ts";
import { type ListedPhoto, listPhotos } from "../list-photos.ts";
import { foldName } from "../names.ts";
import { PhotoError, readPhoto } from "../read-photo.ts";
import { absolutePlace, isInStore } from "../s3/address.ts";

/** What is known of a composite: the class, and the part of it that is the reason. */
export interface Planted {
  readonly target: number;
  readonly inside: Box;
}

/** A photo of a run. */
export interface RunPhoto extends ListedPhoto {
  /** The other photo that some metrics read. */
  readonly other?: ListedPhoto;
  readonly planted?: Planted;
}

/** A part of a list: every `count`-th item from `index` on. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/**
 * The photos of a run: those named and those in the folders named, on disk or in a store, in the order of their names. A text file (.txt) names some,
 * a line each. The names are those of files, with `_` between folders. Throws a CommandError where one is missing, and where two would be filed under one name.
 */
export async function photosOfRun(given: readonly string[], say: (line: string) => void): Promise<ListedPhoto[]> {
  const sources: string[] = [];
  for (const source of given) {
    await mustExist(source, "Name a folder of photos, or photos one by one.");
    sources.push(...(!isInStore(source) && extname(source).toLowerCase() === ".txt" ? await readList(source) : [source]));
  }
  const listed = new Map((await listPhotos(sources, say)).map((photo) => [absolutePlace(photo.path), photo]));
  const photos = [...listed.values()]
    .map(({ path, name }) => ({ path, name: name.replaceAll("/", "_") }))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const names = new Map<string, string>();
  for (const { path, name } of photos) {
    const twin = names.get(foldName(name));
    if (twin !== undefined)
      throw new CommandError(`Results of ${twin} and ${path} would both be filed under ${name}`, "Rename one of the photos.");
    names.set(foldName(name), path);
  }
  return photos;
}

/** What a text file names: photos and folders, a line each, addresses or paths relative to the file. Throws a CommandError. */
async function readList(path: string): Promise<string[]> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new CommandError(`${path} cannot be read (${cause.code})`, "Check its permissions.", { cause });
  });
  const lines = text.split(/\r?\n/).flatMap((line) => line.trim() || []);
  const sources = lines.map((line) => (isInStore(line) ? line : resolve(dirname(path), line)));
  if (sources.length === 0)
    throw new CommandError(`${path} names no photos`, "Write a path a line, relative to the file, or an address s3://BUCKET/KEY.");
  for (const source of sources) await mustExist(source, `${path} names it: correct the line, or remove it.`);
  return sources;
}

/** What is not in a store is found out when it is listed, or read. */
async function mustExist(source: string, fix: string): Promise<void> {
  if (!isInStore(source) && !(await stat(source).catch(() => undefined))) throw new CommandError(`${source}: no such file or folder`, fix);
}

/**
 * The first photos of a list, each with the next one of the whole list that can be read, the first after the last; without one where there is no
 * other that can. Reads every photo that may be another's, since only that tells.
 */
export async function withOthers(list: readonly RunPhoto[], limit = Number.POSITIVE_INFINITY): Promise<RunPhoto[]> {
  const known = new Map<string, boolean>();
  const isReadable = async ({ path }: ListedPhoto) => {
    const found = known.get(path) ?? (await canRead(path));
    known.set(path, found);
    return found;
  };
  const photos: RunPhoto[] = [];
  for (const [at, photo] of list.slice(0, limit).entries()) {
    const others = [...list.slice(at + 1), ...list.slice(0, at)];
    let other: ListedPhoto | undefined;
    for (const candidate of others) {
      if (await isReadable(candidate)) other = candidate;
      if (other) break;
    }
    photos.push({ ...photo, ...(other ? { other } : {}) });
  }
  return photos;
}

async function canRead(path: string): Promise<boolean> {
  try {
    await readPhoto(path);
    return true;
  } catch (error) {
    if (error instanceof PhotoError) return false;
    throw error;
  }
}

/** The items of a part, in order. */
export function shardOf<T>(items: readonly T[], { index, count }: Shard): T[] {
  return items.filter((_, at) => at % count === index);
}
