/** Downloads large files over connections that may break: tries again, goes on where it stopped, checks the hash. */
import { mkdir, stat, statfs } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Authority } from "../faces/all.ts";
import { CommandError, Interruption } from "./errors.ts";
import { lockFile } from "./lock.ts";
import { hashFile, Part } from "./partial-file.ts";
import { megabytes } from "./progress.ts";

/** A file on a server, as far as it is known before the download. */
export interface RemoteFile {
  readonly url: string;
  /** In bytes. */
  readonly size: number;
  /** SHA-256 of the content as hex, and who states it. */
  readonly sha256?: string;
  readonly statedBy?: Authority;
  /** Whether nobody does, and the hash is that of an earlier download. */
  readonly recorded?: boolean;
  /** The server's strong entity tag, for a file without a hash. */
  readonly etag?: string;
}

/** What goes with a question: its headers, and what ends it. */
export interface Asking {
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
}

export interface DownloadOptions {
  /** Asks in the place of `fetch`. */
  readonly ask?: ((url: string, asking: Asking) => Promise<Response>) | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /** Looks at the complete file, whose hash is right, before it is put into its place; what it throws deletes the file. */
  readonly check?: (part: string) => Promise<void>;
  /** Receives a line for the user. */
  readonly notify?: (line: string) => void;
  /** Milliseconds to wait after the first, second, ... attempt in a row that brought nothing; their number is that of the attempts. */
  readonly waits?: readonly number[];
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly patience?: number;
}

const WAITS = [1000, 2000, 4000, 8000, 16_000];
const PATIENCE = 30_000;

/** Statuses that may be gone at the next try. */
export const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** A failure that the next attempt may not meet. */
export class Broken extends Error {}

/**
 * Downloads to `path`; resolves to false where the file was there already, with the right hash if one is known. Until it is complete and
 * its hash is right the file is called `path`.part. A later call goes on where one with a hash stopped; without a hash nothing would tell
 * whether the rest belongs to the same file, so the part is deleted. Processes that download the same file wait for each other.
 * Throws an Interruption once `signal` is aborted, else a CommandError.
 */
export async function download(remote: RemoteFile, path: string, options: DownloadOptions = {}): Promise<boolean> {
  const folder = dirname(path);
  try {
    await mkdir(folder, { recursive: true });
    const lock = await lockFile(path, options.notify ?? (() => {}), options.signal);
    try {
      if (await isComplete(remote, path)) return false;
      await new Download(remote, path, options, lock.lost).run();
      return true;
    } finally {
      await lock.release();
    }
  } catch (cause) {
    if (cause instanceof CommandError || cause instanceof Interruption) throw cause;
    if (options.signal?.aborted) throw new Interruption(`The download of ${basename(path)} has not begun.`);
    const { code } = cause as { code?: string };
    if (code === undefined) throw cause;
    throw new CommandError(`${folder} cannot hold downloads (${code})`, "Set RELABEL_CACHE to a folder that can be written to.", { cause });
  }
}

async function isComplete({ sha256 }: RemoteFile, path: string): Promise<boolean> {
  if (sha256 !== undefined) return (await hashFile(path)) === sha256;
  return (await stat(path).catch(() => undefined)) !== undefined;
}

/** One download by the only process that does it. */
class Download {
  readonly #remote: RemoteFile;
  readonly #path: string;
  readonly #options: DownloadOptions;
  readonly #lost: AbortSignal;
  /** Whether a later run can go on with the part. */
  readonly #resumable: boolean;

  constructor(remote: RemoteFile, path: string, options: DownloadOptions, lost: AbortSignal) {
    this.#remote = remote;
    this.#path = path;
    this.#options = options;
    this.#lost = lost;
    this.#resumable = remote.sha256 !== undefined;
  }

  async run(): Promise<void> {
    const part = await Part.open(`${this.#path}.part`, this.#resumable, this.#remote.size);
    let finished = false;
    try {
      await this.#checkSpace(part);
      await this.#receive(part);
      await this.#checkHash(part);
      await this.#checkContent(part);
      await part.finish(this.#path);
      finished = true;
    } catch (error) {
      if (this.#options.signal?.aborted) throw new Interruption(this.#standing(part));
      throw error;
    } finally {
      await (finished || this.#resumable ? part.close() : part.discard());
    }
  }

  async #checkSpace(part: Part): Promise<void> {
    const { bavail, bsize, blocks } = await statfs(dirname(this.#path));
    const [needed, free] = [this.#remote.size - part.size, bavail * bsize];
    // Some network file systems know no sizes and say 0 for all of them.
    if (blocks > 0 && needed > free) this.#refuseSpace(part, `only ${megabytes(free)} are free`);
  }

  #refuseSpace(part: Part, why: string, cause?: unknown): never {
    const needed = megabytes(this.#remote.size - part.size);
    throw new CommandError(
      `${basename(this.#path)} needs ${needed} more in ${dirname(this.#path)}, and ${why}`,
      `Free that much, or set RELABEL_CACHE to a folder on another disk. ${this.#standing(part)}`,
      { cause },
    );
  }

  async #checkHash(part: Part): Promise<void> {
    const { sha256 } = this.#remote;
    const found = part.digest();
    if (sha256 === undefined || found === sha256) return;
    await part.discard();
    if (this.#remote.recorded) throw replacedError(this.#path, `SHA-256 ${found} instead of ${sha256}`);
    throw new CommandError(
      `${basename(this.#path)} was damaged on the way: its SHA-256 is ${found} and should be ${sha256}`,
      "The damaged file was deleted: run the same command again.",
    );
  }

  async #checkContent(part: Part): Promise<void> {
    try {
      await this.#options.check?.(part.path);
    } catch (error) {
      await part.discard();
      throw error;
    }
  }

  /** Connects as often as it takes, and gives up after some attempts in a row that brought nothing. */
  async #receive(part: Part): Promise<void> {
    const { signal, onProgress, waits = WAITS } = this.#options;
    let [most, failures] = [part.size, 0];
    onProgress?.(part.size, this.#remote.size);
    while (part.size < this.#remote.size) {
      try {
        await this.#connect(part);
      } catch (error) {
        if (!(error instanceof Broken) || signal?.aborted) throw error;
        if (part.size > most) failures = 0;
        most = Math.max(most, part.size);
        const wait = waits[failures++];
        if (wait === undefined) this.#giveUp(part, error);
        await sleep(wait, undefined, { signal });
      }
    }
  }

  #giveUp(part: Part, { message, cause }: Broken): never {
    throw new CommandError(
      `${basename(this.#path)} could not be downloaded from ${new URL(this.#remote.url).host} (${message})`,
      `Check the connection. ${this.#standing(part)}`,
      { cause },
    );
  }

  /** How far it came, and what the same command would do next. */
  #standing(part: Part): string {
    const [done, total] = [part.size, this.#remote.size].map(megabytes);
    if (!this.#resumable) return `Of ${total} ${done} had arrived; the same command starts again.`;
    return `Of ${total} ${done} are kept; the same command goes on from there.`;
  }

  /** Asks for what is missing and writes what comes. Throws Broken where another attempt may help. */
  async #connect(part: Part): Promise<void> {
    const { signal, onProgress, patience = PATIENCE, ask = fetch } = this.#options;
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(), patience);
    const signals = [silent.signal, this.#lost, ...(signal ? [signal] : [])];
    try {
      const response = await ask(this.#remote.url, { headers: this.#headers(part), signal: AbortSignal.any(signals) });
      await this.#check(response, part);
      for await (const piece of response.body ?? []) {
        timer.refresh();
        if (part.size + piece.length > this.#remote.size) this.#refuseSize("more than that");
        await this.#write(part, piece);
        onProgress?.(part.size, this.#remote.size);
      }
    } catch (cause) {
      if (cause instanceof CommandError || cause instanceof Broken) throw cause;
      if (this.#lost.aborted) throw new CommandError("Another process has taken this download over", "Wait until it is done.", { cause });
      throw new Broken(silent.signal.aborted ? `nothing came for ${patience / 1000} seconds` : reason(cause), { cause });
    } finally {
      clearTimeout(timer);
      // What is left of an answer that was refused would keep the process alive.
      silent.abort();
    }
    if (part.size < this.#remote.size) throw new Broken("the connection was closed early");
  }

  /** With a hash the end tells whether the pieces belong together; an entity tag could only differ between a mirror's machines. */
  #headers(part: Part): Record<string, string> {
    const { sha256, etag } = this.#remote;
    const guard = sha256 === undefined && etag !== undefined ? { "If-Range": etag } : undefined;
    // A compressed transfer would have other bytes to count.
    return { "Accept-Encoding": "identity", ...(part.size > 0 ? { Range: `bytes=${part.size}-`, ...guard } : {}) };
  }

  /** Holds the head of an answer against what was asked for; empties the part where the file comes from its start. */
  async #check(response: Response, part: Part): Promise<void> {
    const { status, headers } = response;
    if (PASSING.has(status)) throw new Broken(`the server answered ${status}`);
    checkAnswer(response, new URL(this.#remote.url));
    if (status === 200) {
      const length = headers.get("Content-Length");
      if (length !== null && Number(length) !== this.#remote.size) this.#refuseSize(megabytes(Number(length)));
      if (part.size > 0) await part.restart();
      return;
    }
    const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("Content-Range") ?? "") ?? [];
    if (Number(start) !== part.size) throw new Broken("the server sent another part of the file than was asked for");
    if (total !== "*" && Number(total) !== this.#remote.size) this.#refuseSize(megabytes(Number(total)));
  }

  #refuseSize(found: string): never {
    throw new CommandError(
      `${basename(this.#path)} should have ${megabytes(this.#remote.size)}, and ${new URL(this.#remote.url).host} sends ${found}`,
      "Try again later, or use another mirror.",
    );
  }

  async #write(part: Part, bytes: Uint8Array): Promise<void> {
    try {
      await part.append(bytes);
    } catch (cause) {
      const { code } = cause as { code?: string };
      if (code === "ENOSPC" || code === "EDQUOT") this.#refuseSpace(part, `there is no space left (${code})`, cause);
      throw new CommandError(`${part.path} cannot be written (${code})`, `Check the disk. ${this.#standing(part)}`, { cause });
    }
  }
}

/** The error for a server that sends another file than it did at first. */
export function replacedError(path: string, difference: string): CommandError {
  return new CommandError(
    `${basename(path)} is not the file that was downloaded first (${difference})`,
    `If it was replaced on purpose, delete ${path}.json and run the same command again.`,
  );
}

/** Throws a CommandError for an answer that is not the file asked for at `url`, or a piece of it. */
export function checkAnswer({ status, headers }: Response, url: URL): void {
  if (status !== 200 && status !== 206) {
    throw new CommandError(`${url} cannot be downloaded: the server answered ${status}`, "Check the address, and whether it is public.");
  }
  if (headers.get("Content-Type")?.startsWith("text/html")) {
    throw new CommandError(
      `${url.host} answered with a web page instead of ${basename(url.pathname)}`,
      "Check the address, and whether the network asks you to sign in first.",
    );
  }
}

/** fetch says "fetch failed" or "terminated" and hides the reason in its cause. */
export function reason(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message ?? String(error);
}
