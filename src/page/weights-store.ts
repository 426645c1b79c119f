import type { ByteSource, HubDownload } from "../faces/all.ts";
import { PageError } from "./problem.ts";

/** Small enough that an interrupted download loses little, large enough that a file is not thousands of records. */
export const PIECE_BYTES = 4 * 2 ** 20;

/** Each file has a cache of its own, so that deleting it is one step that leaves nothing behind. */
const PREFIX = "relabel-weights/";
const MANIFEST = "/manifest.json";
const pieceUrl = (index: number) => `/piece-${index}`;

interface Manifest extends HubDownload {
  pieceBytes: number;
  /** Whether all pieces are there and their hash is the published one. */
  complete: boolean;
}

/** What the store holds of a file. */
export interface StoredWeights {
  file: string;
  sha256: string;
  size: number;
  /** Bytes that have arrived. */
  stored: number;
  complete: boolean;
}

/** Number of pieces of a file. */
export function countPieces(size: number): number {
  return Math.ceil(size / PIECE_BYTES);
}

/** Length of a piece: all are equal but the last. */
export function pieceLength(size: number, index: number): number {
  return Math.min(PIECE_BYTES, size - index * PIECE_BYTES);
}

async function readManifest(file: string): Promise<Manifest | undefined> {
  const response = await caches.match(MANIFEST, { cacheName: PREFIX + file });
  const manifest: Manifest | undefined = await response?.json();
  return manifest?.pieceBytes === PIECE_BYTES ? manifest : undefined;
}

async function writeManifest(file: string, published: HubDownload, complete: boolean): Promise<void> {
  const cache = await caches.open(PREFIX + file);
  await cache.put(MANIFEST, Response.json({ ...published, pieceBytes: PIECE_BYTES, complete } satisfies Manifest));
}

/** Number of pieces that are there without a gap from the first on; they are written in this order. */
async function countStored(file: string): Promise<number> {
  const keys = await (await caches.open(PREFIX + file)).keys();
  const paths = new Set(keys.map(({ url }) => new URL(url).pathname));
  let count = 0;
  while (paths.has(pieceUrl(count))) count++;
  return count;
}

/** Makes room for a file's pieces and returns how many of this very file are there already; those of another version are deleted. */
export async function beginFile(file: string, published: HubDownload): Promise<number> {
  const manifest = await readManifest(file);
  if (manifest?.sha256 === published.sha256 && manifest.size === published.size) return countStored(file);
  await deleteStored(file);
  await writeManifest(file, published, false);
  return 0;
}

export async function writePiece(file: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const cache = await caches.open(PREFIX + file);
  await cache.put(pieceUrl(index), new Response(bytes));
}

/** Throws a PageError where the piece is gone. */
export async function readPiece(file: string, index: number): Promise<Uint8Array<ArrayBuffer>> {
  const response = await caches.match(pieceUrl(index), { cacheName: PREFIX + file });
  if (!response) {
    throw new PageError(
      `${file} is no longer complete in this browser.`,
      "It was deleted, here or by the browser itself: download it again under “Classifier”.",
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** Makes a file one that can be opened: its hash was found right. */
export async function completeFile(file: string, published: HubDownload): Promise<void> {
  await writeManifest(file, published, true);
}

/** What is stored, finished or not, by file name. A browser that lets this page store nothing has nothing. */
export async function listStored(): Promise<StoredWeights[]> {
  const names = await caches.keys().catch(() => []);
  const files = names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  const found = await Promise.all(
    files.sort().map(async (file): Promise<StoredWeights | undefined> => {
      const manifest = await readManifest(file);
      if (!manifest) return undefined;
      const { size, sha256, complete } = manifest;
      return { file, sha256, size, stored: Math.min((await countStored(file)) * PIECE_BYTES, size), complete };
    }),
  );
  return found.filter((weights) => weights !== undefined);
}

/** A complete file, read piece by piece, or undefined where there is none. */
export async function openStored(file: string): Promise<ByteSource | undefined> {
  const manifest = await readManifest(file);
  return manifest?.complete ? storedSource(file, manifest.size) : undefined;
}

/** All pieces of a file, finished or not. */
export function storedSource(file: string, size: number): ByteSource {
  // Tensors are read roughly in the file's order: the piece read last serves many of them.
  let last: { index: number; bytes: Promise<Uint8Array<ArrayBuffer>> } | undefined;
  const piece = (index: number) => {
    if (last?.index !== index) last = { index, bytes: readPiece(file, index) };
    return last.bytes;
  };
  return {
    name: file,
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      for (let at = start; at < end; ) {
        const index = Math.floor(at / PIECE_BYTES);
        const from = at - index * PIECE_BYTES;
        const part = (await piece(index)).subarray(from, Math.min(PIECE_BYTES, from + end - at));
        bytes.set(part, at - start);
        at += part.length;
      }
      return bytes;
    },
  };
}

export async function deleteStored(file: string): Promise<void> {
  await caches.delete(PREFIX + file);
}
