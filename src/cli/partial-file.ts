/** Keeps what has arrived of a download, and its hash, until the file is complete. */
import { createHash, type Hash } from "node:crypto";
import { constants, createReadStream } from "node:fs";
import { type FileHandle, lstat, open, rename, rm } from "node:fs/promises";
import { CommandError } from "./errors.ts";

/** The SHA-256 of a file's content as hex, or undefined where there is none. */
export async function hashFile(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await feed(createReadStream(path), hash);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex");
}

async function feed(stream: AsyncIterable<Buffer>, hash: Hash): Promise<number> {
  let size = 0;
  for await (const piece of stream) {
    hash.update(piece);
    size += piece.length;
  }
  return size;
}

/** Throws a CommandError for a link, which would lead elsewhere. */
export async function refuseLink(path: string): Promise<void> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts?.isSymbolicLink()) refuse(path);
}

function refuse(path: string): never {
  throw new CommandError(`${path} is a link, which downloads do not follow`, "Delete it, then run the same command again.");
}

/** The part of a file that has arrived, in a separate file; its hash is updated as it grows. */
export class Part {
  readonly path: string;
  readonly #handle: FileHandle;
  #hash = createHash("sha256");
  #size = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /**
   * Opens the part, with what an earlier run left in it where `keep` says so and that is at most `limit` bytes. Throws a CommandError where
   * something else stands there: whoever may write to the folder could have any file of the user's overwritten.
   */
  static async open(path: string, keep: boolean, limit: number): Promise<Part> {
    await refuseLink(path);
    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    // Windows knows no O_NOFOLLOW.
    const part = new Part(path, await open(path, O_RDWR | O_CREAT | O_APPEND | (O_NOFOLLOW ?? 0)));
    try {
      const facts = await part.#handle.stat();
      const { size } = facts;
      if (!facts.isFile() || facts.nlink > 1) refuse(path);
      const left = part.#handle.createReadStream({ start: 0, autoClose: false });
      if (keep && size <= limit) part.#size = size && (await feed(left, part.#hash));
      else if (size > 0) await part.restart();
    } catch (error) {
      await part.close();
      throw error;
    }
    return part;
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#handle.appendFile(bytes);
    this.#hash.update(bytes);
    this.#size += bytes.length;
  }

  /** Empties the part. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = createHash("sha256");
    this.#size = 0;
  }

  /** The SHA-256 of all of it as hex; nothing can be appended afterwards. */
  digest(): string {
    return this.#hash.digest("hex");
  }

  /**
   * Makes the part the file itself, at once and for good. Throws a CommandError where another process has written to it, too, which the hash
   * of what this one wrote does not show.
   */
  async finish(path: string): Promise<void> {
    await this.#handle.sync();
    if ((await this.#handle.stat()).size !== this.#size) {
      await this.discard();
      throw new CommandError(`Another process wrote to ${this.path} at the same time`, "It was deleted. Run the same command again.");
    }
    await this.close();
    await rename(this.path, path);
  }

  async discard(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}
