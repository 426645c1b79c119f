/** Files of weights that the browser keeps, in pieces, so that an interrupted download goes on where it stopped. Uses the Cache API. */
import { EngineError } from "../../engine/errors.ts";
import type { ByteSource } from "./byte-source.ts";

/** Small enough that an interrupted download loses little, large enough that a file is not thousands of records. */
export const PIECE_BYTES = 4 * 2 ** 20;

/** Each file has its own cache, so that deleting it is one step that leaves nothing behind. */
const PREFIX = "relabel-weights/";
const MANIFEST = "/manifest.json";
const pieceUrl = (index: number) => `/piece-${index}`;

/** What tells one version of a file from another. */
export interface Version {
  /** SHA-256 of the content as hex, where it is known. */
  readonly sha256?: string;
  /** In bytes, where it is known. */
  readonly size?: number;
  /** The server's entity tag or date, where no SHA-256 is known. */
  readonly validator?: string;
}

interface Manifest extends Version {
  readonly pieceBytes: number;
  /** Whether all pieces are there, and their hash is the known one. */
  readonly complete: boolean;
}

/** A file that the browser keeps. */
export interface KeptFile extends Version {
  /** Name that it is kept under. */
  readonly file: string;
  /** Bytes that have arrived. */
  readonly stored: number;
  readonly complete: boolean;
}

async function readManifest(file: string): Promise<Manifest | undefined> {
  const response = await caches.match(MANIFEST, { cacheName: PREFIX + file });
  const manifest: Manifest | undefined = await response?.json();
  return manifest?.pieceBytes === PIECE_BYTES ? manifest : undefined;
}

async function writeManifest(file: string, { sha256, size, validator }: Version, complete: boolean): Promise<void> {
  const cache = await caches.open(PREFIX + file);
  await cache.put(MANIFEST, Response.json({ sha256, size, validator, pieceBytes: PIECE_BYTES, complete } satisfies Manifest));
}

/** Number of pieces that are there without a gap from the first on; they are written in this order. */
async function countPieces(file: string): Promise<number> {
  const keys = await (await caches.open(PREFIX + file)).keys();
  const paths = new Set(keys.map(({ url }) => new URL(url).pathname));
  let count = 0;
  while (paths.has(pieceUrl(count))) count++;
  return count;
}

/** What is kept of a file, finished or not. Throws where the browser lets this page keep nothing. */
export async function findKept(file: string): Promise<KeptFile | undefined> {
  const manifest = await readManifest(file);
  if (!manifest) return undefined;
  const { sha256, size, validator } = manifest;
  const bytes = (await countPieces(file)) * PIECE_BYTES;
  const stored = Math.min(bytes, size ?? bytes);
  return { file, sha256, size, validator, stored, complete: manifest.complete && stored === size };
}

/** Makes room for the pieces of a version of a file; those of another one are deleted. */
export async function beginFile(file: string, version: Version): Promise<void> {
  await deleteKept(file);
  await writeManifest(file, version, false);
}

export async function writePiece(file: string, index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const cache = await caches.open(PREFIX + file);
  await cache.put(pieceUrl(index), new Response(bytes));
}

/** Throws BAD_WEIGHTS where the piece is gone. */
export async function readPiece(file: string, index: number): Promise<Uint8Array<ArrayBuffer>> {
  const response = await caches.match(pieceUrl(index), { cacheName: PREFIX + file });
  if (!response) {
    throw new EngineError(
      "BAD_WEIGHTS",
      `${file} is no longer complete in this browser.`,
      "It was deleted, by this page or by the browser itself: load the classifier again, which downloads it.",
    );
  }
  return new Uint8Array(await response.arrayBuffer());
}

/** Makes a file one that can be opened: all of it is there, and right. */
export async function completeFile(file: string, version: Version & { readonly size: number }): Promise<void> {
  await writeManifest(file, version, true);
}

/** What is kept, finished or not, in the order of names. A browser that lets this page keep nothing has nothing. */
export async function listKept(): Promise<KeptFile[]> {
  const names = await caches.keys().catch(() => []);
  const files = names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
  const found = await Promise.all(files.sort().map(findKept));
  return found.filter((kept) => kept !== undefined);
}

/** A complete file, read piece by piece, or undefined where there is none, or none with the hash that is wanted. */
export async function openKept(file: string, sha256?: string): Promise<ByteSource | undefined> {
  const kept = await findKept(file);
  return kept?.complete && (sha256 === undefined || kept.sha256 === sha256)
    ? sourceOfPieces(file, kept.size as number, (index) => readPiece(file, index))
    : undefined;
}

/** Deletes a file of weights that the browser keeps; nothing where it keeps none. */
export async function deleteKept(file: string): Promise<void> {
  await caches.delete(PREFIX + file);
}

/** A source of pieces of equal length, the last one shorter. */
export function sourceOfPieces(name: string, size: number, readOne: (index: number) => Promise<Uint8Array<ArrayBuffer>>): ByteSource {
  // Tensors are read roughly in the file's order: the piece read last serves many of them.
  let last: { index: number; bytes: Promise<Uint8Array<ArrayBuffer>> } | undefined;
  const piece = (index: number) => {
    if (last?.index !== index) last = { index, bytes: readOne(index) };
    return last.bytes;
  };
  return {
    name,
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
