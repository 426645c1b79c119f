/** Finds a unit's photos where the run has them, on this machine or in a store, or in the database. */
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { CommandError } from "../errors.ts";
import type { RunPhoto } from "../evaluation/photos.ts";
import { hashPhoto } from "../evaluation/run.ts";
import { makeRunFolder, removeRunFolder } from "../run-folder.mjs";
import { isInStore } from "../s3/address.ts";
import { forgetFailures, readObject } from "../s3/photos.ts";
import type { QueueDatabase } from "./database.ts";
import type { UnitPhoto } from "./units.ts";

export class UnitPhotos {
  #folder: string | undefined;

  constructor(private readonly queue: QueueDatabase) {}

  /** A photo of a unit as a run has it. Throws a CommandError where it is neither at its path, with the content of the run, nor in the database. */
  async find({ name, path, sha256, other, otherPath, planted }: UnitPhoto): Promise<RunPhoto> {
    return {
      ...{ name, path: await this.#place(path, sha256) },
      ...(other && otherPath !== undefined ? { other: { name: other.name, path: await this.#place(otherPath, other.sha256) } } : {}),
      ...(planted ? { planted } : {}),
    };
  }

  async #place(path: string, sha256: string): Promise<string> {
    const hash = await hashPhoto(path);
    if (hash === sha256) return path;
    const content = await this.queue.getPhoto(sha256);
    if (!content) {
      // It says what the store did.
      if (hash === null && isInStore(path)) await readObject(path);
      throw new CommandError(
        hash === null ? `${path} cannot be read on this machine` : `${path} has changed since the run began`,
        "Let all machines see the same folder, or give `evaluate` --send-photos.",
      );
    }
    this.#folder ??= makeRunFolder(tmpdir(), "relabel-photos");
    const place = join(this.#folder, `${sha256}${extname(path)}`);
    await writeFile(place, content);
    return place;
  }

  /** Removes what came from the database, and has the next unit ask a store anew. */
  clear(): void {
    forgetFailures();
    if (this.#folder !== undefined) removeRunFolder(this.#folder);
    this.#folder = undefined;
  }
}
