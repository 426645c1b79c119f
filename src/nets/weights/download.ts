/** One streamed download of a file: whole, resumed after a cut, checked by its hash, and kept by the browser where it may. */
import { EngineError, throwIfAborted } from "../../engine/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import type { DownloadOptions, RemoteFile } from "./download-options.ts";
import { completeFile, deleteKept, findKept, openKept, type Version } from "./kept-files.ts";
import { Pieces } from "./pieces.ts";
import { Sha256 } from "./sha256.ts";

/** Waits in milliseconds before a connection that broke is tried again; each time that something arrives, they begin anew. */
const WAITS = [300, 1000, 3000];

/** How a file is brought here. */
export interface Download extends DownloadOptions {
  /** Whether it is an error, the browser's own, where the browser cannot keep the file. */
  readonly mustKeep?: boolean;
  /** Looks at the complete file, whose hash is right; what it throws deletes the file. */
  readonly check?: (source: ByteSource) => Promise<void>;
}

/**
 * Brings a file here, beginning where an earlier attempt ended; one that is kept and whose hash is known costs no request, of others the
 * server is asked whether they changed. Throws BAD_WEIGHTS, ABORTED.
 */
export async function download(file: RemoteFile, name: string, options: Download): Promise<ByteSource> {
  const { keep = true, signal } = options;
  throwIfAborted(signal);
  try {
    const keptAs = keep ? await keptName(file, options) : undefined;
    if (keptAs === undefined) return await bring(file, name, undefined, options);
    // Two that want the same file fetch it once.
    const locks = globalThis.navigator?.locks;
    const work = () => bring(file, name, keptAs, options);
    return await (locks ? locks.request(`relabel-weights/${keptAs}`, { signal }, work) : work());
  } catch (error) {
    throwIfAborted(signal);
    throw error;
  }
}

/** What the file is kept under; undefined where the browser, as in a private window, keeps nothing. */
async function keptName({ url, keepAs = String(url) }: RemoteFile, { mustKeep }: Download): Promise<string | undefined> {
  if (mustKeep) return keepAs;
  if (typeof caches === "undefined" || !/^https?:/.test(String(url))) return undefined;
  return caches.keys().then(
    () => keepAs,
    () => undefined,
  );
}

async function bring(file: RemoteFile, name: string, keptAs: string | undefined, options: Download): Promise<ByteSource> {
  const kept = keptAs === undefined ? undefined : await findKept(keptAs);
  const same = kept && kept.sha256 === file.sha256 && (file.size === undefined || kept.size === undefined || kept.size === file.size);
  if (same && kept.complete && file.sha256 !== undefined) return (await openKept(kept.file)) as ByteSource;
  const transfer = new Transfer(file, name, options);
  if (same && kept.complete && (await transfer.isStill(kept.validator))) return (await openKept(kept.file)) as ByteSource;
  const pieces = new Pieces(name, keptAs, options.mustKeep === true);
  const resumable = same && !kept.complete && (file.sha256 !== undefined || forIfRange(kept.validator) !== undefined);
  await transfer.run(pieces, resumable ? kept : undefined);
  const source = pieces.source(transfer.size);
  try {
    transfer.checkHash();
    await options.check?.(source);
  } catch (error) {
    if (keptAs !== undefined) await deleteKept(keptAs);
    throw error;
  }
  if (pieces.keptAs !== undefined) await completeFile(pieces.keptAs, { ...transfer.version, size: transfer.size });
  return source;
}

/** What If-Range takes: a strong tag or a date. */
function forIfRange(validator: string | undefined): string | undefined {
  return validator?.startsWith("W/") ? undefined : validator;
}

/** The requests for one file. */
class Transfer {
  readonly #file: RemoteFile;
  readonly #name: string;
  readonly #options: Download;
  #hash: Sha256 | undefined;
  #validator: string | undefined;
  #total: number | undefined;
  /** Bytes that are in the pieces. */
  size = 0;
  /** An answer that is under way. */
  #answer: Response | undefined;

  constructor(file: RemoteFile, name: string, options: Download) {
    this.#file = file;
    this.#name = name;
    this.#options = options;
  }

  get version(): Version {
    const { sha256, size = this.#total } = this.#file;
    return sha256 === undefined ? { validator: this.#validator, size } : { sha256, size };
  }

  /** Whether the server has the version that is kept, or cannot be reached. What it sends otherwise is used. */
  async isStill(validator: string | undefined): Promise<boolean> {
    const response = await this.#fetch({}).catch((error) => {
      throwIfAborted(this.#options.signal);
      return error instanceof EngineError ? Promise.reject(error) : undefined;
    });
    if (!response) return true;
    if (validator !== undefined && validatorOf(response) === validator) {
      await response.body?.cancel();
      return true;
    }
    this.#answer = response;
    return false;
  }

  /** Fills the pieces. `kept`: what is there of this version. */
  async run(pieces: Pieces, kept: (Version & { stored: number }) | undefined): Promise<void> {
    const { sha256, size } = this.#file;
    this.#hash = sha256 === undefined ? undefined : new Sha256();
    this.#validator = kept?.validator;
    if (kept) this.size = await pieces.resume(kept.stored, (bytes) => this.#hash?.update(bytes));
    let attempt = 0;
    let most = this.size;
    while (size === undefined || this.size < size) {
      try {
        await this.#stream(pieces);
        break;
      } catch (error) {
        throwIfAborted(this.#options.signal);
        if (error instanceof EngineError || error instanceof DOMException || this.size === 0) throw this.#failed(error);
        if (this.size > most) attempt = 0;
        most = Math.max(most, this.size);
        const wait = WAITS[attempt++];
        if (wait === undefined) throw this.#failed(error);
        await pause(wait, this.#options.signal);
        throwIfAborted(this.#options.signal);
      }
    }
    await pieces.end();
  }

  async #stream(pieces: Pieces): Promise<void> {
    const { sha256, size } = this.#file;
    const ifRange = forIfRange(this.#validator);
    // A hash tells what is wrong, and requests with If-Range need a server's leave where it is another origin's.
    const resumes = this.size > 0 && (sha256 !== undefined || ifRange !== undefined);
    const headers = { Range: `bytes=${this.size}-`, ...(sha256 === undefined && ifRange !== undefined ? { "If-Range": ifRange } : {}) };
    const response = this.#answer ?? (await this.#fetch(resumes ? headers : {}));
    this.#answer = undefined;
    // A server that knows no ranges sends everything: what is here already passes unused, unless it may be of another version.
    if (response.status !== 206 && sha256 === undefined) this.size = 0;
    let skip = response.status === 206 ? 0 : this.size;
    this.#total = size ?? totalOf(response);
    if (this.size === 0) {
      this.#validator = validatorOf(response);
      await pieces.begin(this.version);
    }
    const reader = (response.body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const passed = Math.min(skip, value.length);
        skip -= passed;
        const bytes = value.subarray(passed);
        if (size !== undefined && this.size + bytes.length > size) this.#refuse(`the server sends more than the ${size} bytes of the file`);
        await pieces.add(bytes);
        this.#hash?.update(bytes);
        this.size += bytes.length;
        this.#options.onProgress?.({ file: this.#name, loaded: this.size, total: this.#total ?? 0 });
      }
    } finally {
      await reader.cancel().catch(() => undefined);
    }
    if (size !== undefined && this.size < size) throw new Error(`the server ended after ${this.size} of ${size} bytes`);
  }

  async #fetch(headers: Record<string, string>): Promise<Response> {
    // The browser's own cache would keep a second copy.
    const response = await fetch(this.#file.url, { headers, signal: this.#options.signal, cache: "no-store" });
    if (!response.ok) this.#refuse(`the server answered ${response.status}`);
    // As servers of pages answer for what they do not have, and networks that ask to sign in.
    if (/^text\/html\b/.test(response.headers.get("Content-Type") ?? "")) this.#refuse("the server sent a web page");
    return response;
  }

  /** Throws BAD_WEIGHTS where the file is not the known one. */
  checkHash(): void {
    const { url, sha256 } = this.#file;
    const found = this.#hash?.digest();
    if (found === sha256) return;
    throw new EngineError(
      "BAD_WEIGHTS",
      `What ${new URL(url).host} sent as ${this.#name} is not the published file (SHA-256 ${found?.slice(0, 12)}… instead of ${sha256?.slice(0, 12)}…), so it was deleted.`,
      "Load it again; if that changes nothing, something on the way alters the file. Weights of your own are given as `model`.",
    );
  }

  #refuse(why: string): never {
    throw this.#failed(new Error(why));
  }

  #failed(cause: unknown): Error {
    if (cause instanceof EngineError || cause instanceof DOMException) return cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `${this.#name} could not be loaded from ${this.#file.url}: ${why}.`;
    const fix =
      this.size > 0 ? "Check the connection and try again: it goes on where it stopped." : "Check the address and the connection.";
    return new EngineError("BAD_WEIGHTS", message, fix, { cause });
  }
}

function validatorOf({ headers }: Response): string | undefined {
  return headers.get("ETag") ?? headers.get("Last-Modified") ?? undefined;
}

/** In bytes, where the answer says it; the length of what is compressed on the way says nothing. */
function totalOf({ status, headers }: Response): number | undefined {
  if (status === 206) return Number(/\/(\d+)$/.exec(headers.get("Content-Range") ?? "")?.[1]) || undefined;
  return headers.has("Content-Encoding") ? undefined : Number(headers.get("Content-Length")) || undefined;
}

/** So many milliseconds, or until the abort. */
function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => resolve(), { once: true });
  });
}
