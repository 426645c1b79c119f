/** Which photos a command means: those named, and those in the folders named. */
import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { CommandError } from "./errors.ts";
import { forLine } from "./escape.ts";
import { inParallel } from "./in-parallel.ts";
import { isMarked } from "./mark.ts";
import { foldName, safeName, stemOf } from "./names.ts";
import { absolutePlace, isInStore, readStoreAddress } from "./s3/address.ts";
import { listObjects } from "./s3/photos.ts";

/** Endings of photos, in any case. */
export const EXTENSIONS = [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".avif", ".gif", ".tif", ".tiff"];
/** Files that are looked into at a time. */
const AT_ONCE = 16;
/** Kinds of skipped files that are named. */
const MOST_KINDS = 8;

/** A photo: where it lies, a path or an address in a store, and what its results are filed under: a name, or a path in the folder that was named, without the ending. */
export interface ListedPhoto {
  readonly path: string;
  readonly name: string;
}

interface FoundPhoto {
  readonly path: string;
  /** Folders between the one that was named and the photo. */
  readonly folders: readonly string[];
}

/**
 * The photos named, in their order, and those in folders named, on disk or in a store, also in folders within, in the order of their names. Photos of a folder are filed
 * under their path in it, beginning with its own name where several folders are named; two that differ in the ending alone keep the ending. Tells
 * in one line a folder what was skipped. Throws a CommandError for a folder without photos, or one that cannot be read.
 */
export async function listPhotos(sources: readonly string[], say: (line: string) => void): Promise<ListedPhoto[]> {
  const folders = await Promise.all(sources.map(isFolder));
  const several = folders.filter(Boolean).length > 1;
  const listed: ListedPhoto[] = [];
  const [named, found] = [new Set<string>(), new Set<string>()];
  for (const [at, source] of sources.entries()) {
    if (!folders[at]) {
      named.add(absolutePlace(source));
      // What is missing is reported when it is read, and does not stop the others.
      if (!found.has(absolutePlace(source))) listed.push({ path: source, name: stemOf(source) });
      continue;
    }
    const photos = nameAll(await photosIn(source, say), several ? [basename(absolutePlace(source))] : []);
    for (const photo of photos) {
      const place = absolutePlace(photo.path);
      if (!named.has(place) && !found.has(place)) listed.push(photo);
      found.add(place);
    }
  }
  return listed;
}

/** Whether one photo was named, and no folder: its report then stands alone, instead of in a list. */
export function isAlone(sources: readonly string[], photos: readonly ListedPhoto[]): boolean {
  return sources.length === 1 && photos[0]?.path === sources[0];
}

/** In a store, what has no photo's ending. */
async function isFolder(source: string): Promise<boolean> {
  if (isInStore(source)) return !isPhotoName(readStoreAddress(source).key);
  return (await stat(source).catch(() => undefined))?.isDirectory() ?? false;
}

const isPhotoName = (name: string) => EXTENSIONS.includes(extname(name).toLowerCase());

/** Photos in a folder and in folders within. Tells what was skipped. */
async function photosIn(folder: string, say: (line: string) => void): Promise<FoundPhoto[]> {
  const skipped = new Map<string, number>();
  const skip = (kind: string) => void skipped.set(kind, (skipped.get(kind) ?? 0) + 1);
  const photos = await (isInStore(folder) ? photosInStore(folder, skip) : photosOnDisk(folder, skip));
  const what = describe(skipped);
  if (photos.length === 0) {
    throw new CommandError(
      forLine(`There are no photos in ${folder}, nor in folders within it${what && ` (skipped ${what})`}`),
      `Name a folder with ${EXTENSIONS.join(", ")} files.`,
    );
  }
  if (what) say(forLine(`Skipped in ${folder}: ${what}`));
  return photos;
}

async function photosInStore(folder: string, skip: (kind: string) => void): Promise<FoundPhoto[]> {
  const photos: FoundPhoto[] = [];
  for (const key of await listObjects(folder)) {
    const folders = key.split("/");
    const name = folders.pop() as string;
    const hidden = [...folders, name].find((part) => part.startsWith("."));
    if (hidden !== undefined) skip(kindOfHidden(hidden));
    else if (!isPhotoName(name)) skip(kindOf(name));
    else photos.push({ path: `${folder.replace(/\/$/, "")}/${key}`, folders });
  }
  return photos;
}

const kindOfHidden = (name: string) => (name.startsWith("._") ? "._*" : name);
const kindOf = (name: string) => extname(name).toLowerCase() || "without an ending";

/** Each folder once, however many links lead to it. */
async function photosOnDisk(folder: string, skip: (kind: string) => void): Promise<FoundPhoto[]> {
  const photos: FoundPhoto[] = [];
  const visited = new Set<string>();
  // Links come last, so that a folder is found under its own name rather than a link's.
  const [waiting, links] = [[{ path: folder, folders: [] as string[] }], [] as { path: string; folders: string[] }[]];
  for (let next = waiting.shift(); next; next = waiting.shift() ?? links.shift()) {
    const { path, folders } = next;
    for (const entry of await read(path, visited)) {
      const inside = join(path, entry.name);
      const target = entry.isSymbolicLink() ? await stat(inside).catch(() => undefined) : entry;
      if (entry.name.startsWith(".")) skip(kindOfHidden(entry.name));
      else if (!target) skip("links to nothing");
      else if (target.isDirectory()) (target === entry ? waiting : links).push({ path: inside, folders: [...folders, entry.name] });
      else if (!isPhotoName(entry.name)) skip(kindOf(entry.name));
      else if (!target.isFile()) skip("no plain files");
      else photos.push({ path: inside, folders });
    }
  }
  // What cannot be read is reported later.
  const marked = await inParallel(photos, AT_ONCE, ({ path }) => isMarked(path).catch(() => false));
  for (const _ of marked.filter(Boolean)) skip("made by relabel");
  return photos.filter((_, at) => !marked[at]);
}

/** What lies in a folder; nothing where it was visited before. */
async function read(path: string, visited: Set<string>): Promise<Dirent[]> {
  try {
    const place = await realpath(path);
    if (visited.has(place)) return [];
    visited.add(place);
    return await readdir(path, { withFileTypes: true });
  } catch (cause) {
    throw new CommandError(`The folder ${path} cannot be read (${(cause as { code?: string }).code})`, "Check its permissions.", { cause });
  }
}

/** "3 .heic (save them as JPEG), 2 ._*", the most frequent first. */
function describe(skipped: ReadonlyMap<string, number>): string {
  const kinds = [...skipped].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const parts = kinds
    .slice(0, MOST_KINDS)
    .map(([kind, count]) => `${count} ${kind}${kind === ".heic" || kind === ".heif" ? " (save as JPEG to use)" : ""}`);
  const others = kinds.slice(MOST_KINDS).reduce((sum, [, count]) => sum + count, 0);
  return [...parts, ...(others > 0 ? [`${others} others`] : [])].join(", ");
}

function nameAll(photos: readonly FoundPhoto[], start: readonly string[]): ListedPhoto[] {
  const nameOf = ({ folders }: FoundPhoto, own: string) => [...start, ...folders].map(safeName).concat(own).join("/");
  const stems = photos.map((photo) => nameOf(photo, stemOf(photo.path)));
  const counts = new Map<string, number>();
  for (const stem of stems) counts.set(foldName(stem), (counts.get(foldName(stem)) ?? 0) + 1);
  return photos
    .map((photo, at) => {
      const stem = stems[at] as string;
      return { path: photo.path, name: counts.get(foldName(stem)) === 1 ? stem : nameOf(photo, safeName(basename(photo.path))) };
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}
