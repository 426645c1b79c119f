/** Keeps a long list on disk while a report is written from it. */
import { readSync, unlinkSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../errors.ts";
import { temporaryName } from "../files.ts";

/** Bytes that are written at a time. */
const PIECE = 1 << 16;

/** Items of plain data, in a temporary file without a name. They are added first, and read then, in any order. */
export class Spool<T> {
  readonly #folder: string;
  readonly #file: FileHandle;
  /** Where each item begins, and at last where the file ends, in bytes. */
  #starts = new Float64Array(16);
  #count = 0;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;

  private constructor(folder: string, file: FileHandle) {
    this.#folder = folder;
    this.#file = file;
  }

  /** In a folder that exists. Throws a CommandError where no file can be made there. */
  static async open<T>(folder: string): Promise<Spool<T>> {
    const path = join(folder, temporaryName());
    const file = await open(path, "wx+").catch((cause) => refuse(folder, cause));
    // However the process ends, nothing is left behind.
    unlinkSync(path);
    return new Spool<T>(folder, file);
  }

  get count(): number {
    return this.#count;
  }

  /** Throws a CommandError where the disk is full. */
  async add(item: T): Promise<void> {
    const bytes = Buffer.from(JSON.stringify(item));
    if (this.#count + 1 === this.#starts.length) {
      const longer = new Float64Array(2 * this.#starts.length);
      longer.set(this.#starts);
      this.#starts = longer;
    }
    this.#starts[this.#count + 1] = (this.#starts[this.#count] as number) + bytes.length;
    this.#count++;
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= PIECE) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    [this.#waiting, this.#waitingBytes] = [[], 0];
    await this.#file.appendFile(bytes).catch((cause) => refuse(this.#folder, cause));
  }

  /** The item that was added as the `at`-th, from 0 on. */
  async read(at: number): Promise<T> {
    if (this.#waitingBytes > 0) await this.#flush();
    const [start, end] = [this.#starts[at] as number, this.#starts[at + 1] as number];
    const bytes = Buffer.alloc(end - start);
    // It was written a moment ago and is still in memory: to ask another thread for it takes longer than the read.
    readSync(this.#file.fd, bytes, 0, bytes.length, start);
    return JSON.parse(bytes.toString());
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function refuse(folder: string, cause: Error): never {
  throw new CommandError(`The files in ${folder} could not be written (${cause.message.split(",")[0]})`, "Free some space.", { cause });
}
