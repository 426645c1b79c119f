/** The pieces of a file that is being downloaded: kept by the browser, or held as Blobs, which browsers move to the disk. */
import type { ByteSource } from "./byte-source.ts";
import { beginFile, deleteKept, PIECE_BYTES, readPiece, sourceOfPieces, type Version, writePiece } from "./kept-files.ts";

export class Pieces {
  readonly #name: string;
  readonly #mustKeep: boolean;
  /** What the file is kept under; undefined once it is not, as where the browser has no room. */
  keptAs: string | undefined;
  #held: Blob[] = [];
  /** Whole pieces so far. */
  #count = 0;
  /** The next piece, and how much of it has arrived. */
  readonly #next = new Uint8Array(PIECE_BYTES);
  #filled = 0;

  constructor(name: string, keptAs: string | undefined, mustKeep: boolean) {
    this.#name = name;
    this.keptAs = keptAs;
    this.#mustKeep = mustKeep;
  }

  /** Begins with nothing. */
  async begin(version: Version): Promise<void> {
    this.#held = [];
    this.#count = this.#filled = 0;
    const { keptAs } = this;
    if (keptAs !== undefined) await this.#keep(() => beginFile(keptAs, version));
  }

  /** Goes on behind `bytes` that are kept, of which `visit` sees every piece; returns how many are used, whole pieces. */
  async resume(bytes: number, visit: (bytes: Uint8Array) => void): Promise<number> {
    this.#count = Math.floor(bytes / PIECE_BYTES);
    for (let index = 0; index < this.#count; index++) visit(await this.#read(index));
    return this.#count * PIECE_BYTES;
  }

  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + PIECE_BYTES - this.#filled);
      this.#next.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === PIECE_BYTES) await this.end();
    }
  }

  /** Ends the piece that has begun. */
  async end(): Promise<void> {
    if (this.#filled === 0) return;
    const piece = this.#next.slice(0, this.#filled);
    const { keptAs } = this;
    if (keptAs !== undefined) await this.#keep(() => writePiece(keptAs, this.#count, piece));
    if (this.keptAs === undefined) this.#held.push(new Blob([piece]));
    this.#count++;
    this.#filled = 0;
  }

  source(size: number): ByteSource {
    return sourceOfPieces(this.#name, size, (index) => this.#read(index));
  }

  async #read(index: number): Promise<Uint8Array<ArrayBuffer>> {
    const blob = this.#held[index];
    return blob ? new Uint8Array(await blob.arrayBuffer()) : readPiece(this.keptAs as string, index);
  }

  /** A browser without room for the file keeps none of it: what it has is held instead. */
  async #keep(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { keptAs } = this;
      if (this.#mustKeep || keptAs === undefined) throw error;
      for (let index = 0; index < this.#count; index++) this.#held.push(new Blob([await readPiece(keptAs, index)]));
      this.keptAs = undefined;
      await deleteKept(keptAs).catch(() => undefined);
    }
  }
}
