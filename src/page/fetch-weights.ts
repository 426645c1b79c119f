// The browser's own crypto.subtle hashes only what is in memory as a whole; this audited library, without dependencies, takes pieces.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type ByteSource, type HubDownload, holdToEarlier } from "../faces/all.ts";
import { megabytes } from "./format.ts";
import { PageError } from "./problem.ts";
import { readRecord, writeRecord } from "./weights-record.ts";
import {
  beginFile,
  completeFile,
  countPieces,
  deleteStored,
  PIECE_BYTES,
  pieceLength,
  readPiece,
  storedSource,
  writePiece,
} from "./weights-store.ts";

export interface DownloadProgress {
  phase: "download" | "check";
  /** In bytes, with what was there before. */
  loaded: number;
  total: number;
}

interface DownloadOptions {
  /** Looks at the complete file, whose hash is right; what it throws deletes the file. */
  check?: (source: ByteSource) => Promise<void>;
  signal: AbortSignal;
  onProgress: (progress: DownloadProgress) => void;
}

/**
 * Brings a file into the store, beginning where an earlier attempt ended, and checks its hash. Throws a PageError, or what
 * `options.check` and `holdToEarlier` throw; where `signal` is aborted, its reason.
 */
export async function downloadWeights(file: string, published: HubDownload, options: DownloadOptions): Promise<void> {
  const { signal } = options;
  holdToEarlier(file, published, await readRecord(file));
  try {
    const first = await beginFile(file, published);
    await requireSpace(file, published, first);
    if (first < countPieces(published.size)) await fetchPieces(file, published, first, options);
    await finish(file, published, options);
  } catch (cause) {
    signal.throwIfAborted();
    throw cause instanceof PageError ? cause : await describeFailure(cause, file, published);
  }
}

async function describeFailure(cause: unknown, file: string, published: HubDownload): Promise<PageError> {
  const kind = cause instanceof DOMException ? cause.name : "";
  if (kind === "QuotaExceededError") return spaceError(file, missingBytes(published, await beginFile(file, published)), cause);
  if (kind === "SecurityError") {
    const fix = "Leave the private window, or allow the page to store data.";
    return new PageError("This browser keeps no files for this page.", fix, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const fix = "Check the connection and try again: it goes on where it stopped.";
  return new PageError(`The download of ${file} broke off (${reason}).`, fix, { cause });
}

/** Stores the pieces from `first` on as the server sends them. */
async function fetchPieces(
  file: string,
  { url, size }: HubDownload,
  first: number,
  { signal, onProgress }: DownloadOptions,
): Promise<void> {
  const start = first * PIECE_BYTES;
  // The browser's own cache would keep a second copy.
  const response = await fetch(url, { signal, cache: "no-store", headers: { Range: `bytes=${start}-` } });
  if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
  // A server that knows no ranges sends everything: what is stored already passes unused.
  let index = response.status === 206 ? first : 0;
  const last = countPieces(size);
  const piece = new Uint8Array(PIECE_BYTES);
  let filled = 0;
  const store = new WritableStream<Uint8Array>({
    async write(chunk) {
      for (let at = 0; at < chunk.length; ) {
        if (index === last) throw new Error(`the server sends more than the ${size} bytes that it announced`);
        const part = chunk.subarray(at, at + pieceLength(size, index) - filled);
        piece.set(part, filled);
        filled += part.length;
        at += part.length;
        if (filled < pieceLength(size, index)) continue;
        if (index >= first) await writePiece(file, index, piece.slice(0, filled));
        index++;
        filled = 0;
      }
      onProgress({ phase: "download", loaded: Math.max(start, Math.min(index * PIECE_BYTES + filled, size)), total: size });
    },
  });
  await response.body.pipeTo(store, { signal });
  if (index < last) throw new Error(`the server ended after ${megabytes(index * PIECE_BYTES + filled)} of ${megabytes(size)}`);
}

/** Hashes what is stored; a file with another hash than the published one is deleted. */
async function finish(file: string, published: HubDownload, { check, signal, onProgress }: DownloadOptions): Promise<void> {
  const { size } = published;
  const hash = sha256.create();
  for (let index = 0; index < countPieces(size); index++) {
    onProgress({ phase: "check", loaded: index * PIECE_BYTES, total: size });
    hash.update(await readPiece(file, index));
    signal.throwIfAborted();
  }
  const found = bytesToHex(hash.digest());
  if (found === published.sha256) {
    await check?.(storedSource(file, size)).catch(async (error) => {
      await deleteStored(file);
      throw error;
    });
    await writeRecord(file, published);
    return completeFile(file, published);
  }
  await deleteStored(file);
  throw new PageError(
    `What arrived as ${file} is not the published file (SHA-256 ${found.slice(0, 12)}… instead of ${published.sha256.slice(0, 12)}…), so it was deleted.`,
    "Download it again; if that changes nothing, something between this browser and the hub alters the file.",
  );
}

/** Bytes that lack behind the first `stored` pieces. */
function missingBytes({ size }: HubDownload, stored: number): number {
  return Math.max(size - stored * PIECE_BYTES, 0);
}

/** Throws a PageError before anything is fetched where the browser says that it would not keep it. */
async function requireSpace(file: string, published: HubDownload, stored: number): Promise<void> {
  const needed = missingBytes(published, stored);
  if ((await freeSpace()) < needed) throw await spaceError(file, needed);
}

/** Chrome claims more than it gives, lest a page recognise the disk: the estimate counts only where it is too small. */
async function freeSpace(): Promise<number> {
  const { quota = Number.POSITIVE_INFINITY, usage = 0 } = await navigator.storage.estimate();
  return Math.max(quota - usage, 0);
}

async function spaceError(file: string, needed: number, cause?: unknown): Promise<PageError> {
  const free = await freeSpace();
  const given = free < needed ? `: this browser lets the page keep ${megabytes(free)}` : "";
  return new PageError(
    `There is no room for ${file}, which needs ${megabytes(needed)} more${given}.`,
    "Delete stored weights under “Classifier” or free space on the disk, then try again: it goes on where it stopped.",
    { cause },
  );
}
