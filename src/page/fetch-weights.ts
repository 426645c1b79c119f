/** Brings weights from the hub into this browser, and says what hinders it. */
import {
  type ByteSource,
  type DownloadProgress,
  download,
  EngineError,
  type HubDownload,
  holdToEarlier,
  type KeptFile,
  listKept,
} from "../faces/all.ts";
import { megabytes } from "./format.ts";
import { PageError } from "./problem.ts";
import { readRecord, writeRecord } from "./weights-record.ts";

/** What this browser has of a file, finished or not. */
export type StoredWeights = KeptFile & { readonly size: number };

interface FetchOptions {
  /** Looks at the complete file, whose hash is right; what it throws deletes the file. */
  check?: (source: ByteSource) => Promise<void>;
  signal: AbortSignal;
  onProgress: (progress: DownloadProgress) => void;
}

/** By file name. */
export async function listStored(): Promise<StoredWeights[]> {
  return (await listKept()).filter((kept): kept is StoredWeights => kept.size !== undefined);
}

/**
 * Brings a file into the store, beginning where an earlier attempt ended, and checks its hash. Throws a PageError, or what
 * `options.check` and `holdToEarlier` throw; where `signal` is aborted, its reason.
 */
export async function downloadWeights(file: string, published: HubDownload, options: FetchOptions): Promise<void> {
  const { signal } = options;
  holdToEarlier(file, published, await readRecord(file));
  try {
    await requireSpace(file, published);
    await download({ ...published, keepAs: file }, file, { ...options, mustKeep: true });
    await writeRecord(file, published);
  } catch (cause) {
    signal.throwIfAborted();
    throw cause instanceof PageError || cause instanceof EngineError ? cause : await describeFailure(cause, file, published);
  }
}

async function describeFailure(cause: unknown, file: string, published: HubDownload): Promise<unknown> {
  const kind = cause instanceof DOMException ? cause.name : "";
  if (kind === "QuotaExceededError") return spaceError(file, await missingBytes(file, published), cause);
  if (kind !== "SecurityError") return cause;
  const fix = "Leave the private window, or allow the page to store data.";
  return new PageError("This browser keeps no files for this page.", fix, { cause });
}

/** Bytes that are yet to come. */
async function missingBytes(file: string, { sha256, size }: HubDownload): Promise<number> {
  const kept = (await listStored()).find((stored) => stored.file === file && stored.sha256 === sha256 && stored.size === size);
  return size - (kept?.stored ?? 0);
}

/** Throws a PageError before anything is fetched where the browser says that it would not keep it. */
async function requireSpace(file: string, published: HubDownload): Promise<void> {
  const needed = await missingBytes(file, published);
  if ((await freeSpace()) < needed) throw await spaceError(file, needed);
}

/** Chrome claims more than it gives, so that no page recognises the disk: the estimate counts only if it is too small. */
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
