import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";

/** The SHA-256 of a file's content as hex, or undefined where there is none. */
export async function hashFile(path: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await feed(path, hash);
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw error;
  }
  return hash.digest("hex");
}

async function feed(path: string, hash: Hash): Promise<number> {
  let size = 0;
  for await (const piece of createReadStream(path)) {
    hash.update(piece);
    size += piece.length;
  }
  return size;
}

/** What has arrived of a file, in a file of its own that grows at its end; the hash grows with it. */
export class Part {
  readonly path: string;
  readonly #handle: FileHandle;
  #hash = createHash("sha256");
  #size = 0;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /** Opens the part, with what an earlier run left in it where `keep` says so and that is at most `limit` bytes. */
  static async open(path: string, keep: boolean, limit: number): Promise<Part> {
    const part = new Part(path, await open(path, "a"));
    try {
      const { size } = await part.#handle.stat();
      if (keep && size <= limit) part.#size = size && (await feed(path, part.#hash));
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

  /** Makes the part the file itself, at once and for good. */
  async finish(path: string): Promise<void> {
    await this.#handle.sync();
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
