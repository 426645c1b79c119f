/** Keeps the results of a run on disk, so that a stopped run goes on where it ended. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Evaluation } from "../../faces/all.ts";
import { CommandError } from "../errors.ts";
import { asJson } from "../explain-report.ts";
import { isTemporary } from "../files.ts";
import { readJson } from "../json-file.ts";
import type { Outputs } from "../output-files.ts";
import type { Findings, NamedRecord, PhotoRecord, ScoredRecord, StoredResult } from "./record.ts";
import { type ResultStore, Results, SKIPPED } from "./results.ts";
import { changesBetween, YARDSTICKS } from "./run.ts";
import { disagreement, type Run, result as resultSchema, type Skipped, skipped as skippedSchema } from "./schemas.ts";

export const RUN = "run.json";
export const PHOTOS = "photos";
/** Digits of a key in file names; the files have all. */
const DIGITS = 12;
/** `NAME.METHOD.KEY.json`. */
const FILE = /^(.+\.[\w-]+)\.([\da-f]{12})\.json$/;
const DAMAGED = "Delete the file: `evaluate` then computes it anew.";

/**
 * The folder of a run: a file for each result, filed under the photo, the method and the hash of all that its numbers depend on. Results of
 * other weights, photos or settings lie side by side, none is taken for another, and what is there is finished.
 */
export class Store extends Results {
  /** Shortened keys in the folder, by NAME.METHOD. */
  readonly #keys = new Map<string, string[]>();

  private constructor(
    readonly folder: string,
    run: Run,
  ) {
    super(run);
  }

  /** What the folder has of a run. Throws a CommandError for a damaged file of it. */
  static async read(folder: string, run: Run): Promise<Store> {
    const store = new Store(folder, run);
    for (const file of await listFiles(join(folder, PHOTOS))) {
      const [, start, key] = FILE.exec(file) ?? [];
      if (start !== undefined && key !== undefined) store.#keys.set(start, [...(store.#keys.get(start) ?? []), key]);
    }
    for (const { name } of run.photos) await store.#readEntry(name);
    return store;
  }

  async #readEntry(name: string): Promise<void> {
    for (const method of this.methods) {
      const path = this.#path(name, method);
      const found = this.#has(name, method) && (await readJson(path, resultSchema, DAMAGED));
      if (!found) continue;
      if (found.key !== this.key(name, method) || found.name !== name) refuse(path, "it is another result than its name says");
      this.keep(found);
    }
    const skipped = this.#has(name, SKIPPED) ? await readJson(this.#path(name, SKIPPED), skippedSchema, DAMAGED) : undefined;
    if (skipped) this.keepSkipped({ ...skipped, name });
  }

  /** In the folder. */
  #file(name: string, method: string, ending = "json", key = this.key(name, method)): string {
    return `${PHOTOS}/${name}.${method}.${key.slice(0, DIGITS)}.${ending}`;
  }

  #path(name: string, method: string, ending?: string, key?: string): string {
    return join(this.folder, this.#file(name, method, ending, key));
  }

  #has(name: string, method: string): boolean {
    return this.#keys.get(`${name}.${method}`)?.includes(this.key(name, method).slice(0, DIGITS)) ?? false;
  }

  /** Why a result that the folder has in another form is computed anew; undefined where there is none. */
  async reason(name: string, method: string): Promise<string | undefined> {
    if (this.resultsOf(name).get(method)?.failed) return "failed before";
    const origin = this.origin(name, method);
    const [keys = [], skips = []] = [method, SKIPPED].map((kind) => this.#keys.get(`${name}.${kind}`));
    if (!origin) return undefined;
    const all: string[][] = [];
    for (const key of keys) {
      // A damaged file of another run does not matter to this one.
      const earlier = await readJson(this.#path(name, method, "json", key), resultSchema, DAMAGED).catch(() => undefined);
      if (earlier) all.push(changesBetween(earlier.origin, origin));
    }
    const [nearest] = all.sort((a, b) => a.length - b.length);
    if (nearest) return `${nearest.join(" and ")} changed`;
    return skips.length > 0 ? "photo changed" : undefined;
  }

  /** Every file that `add` and `skip` may write of a photo. */
  pathsOf(name: string): string[] {
    const results = this.missing(name).flatMap((method) => ["json", "webp"].map((ending) => this.#path(name, method, ending)));
    return [...results, this.#path(name, SKIPPED)];
  }

  /** The files that there are of a photo, in the folder. */
  filesOf(name: string): string[] {
    const [results, skipped] = [this.resultsOf(name), this.skippedOf(name)];
    const files = [...results].flatMap(([method, { picture }]) => [
      ...(picture ? [this.#file(name, method, "webp")] : []),
      this.#file(name, method),
    ]);
    return skipped ? [...files, this.#file(name, SKIPPED)] : files;
  }

  /** What writes into the folder; it throws a CommandError where that fails. */
  writing(outputs: Outputs): ResultStore {
    return {
      missing: (name) => this.missing(name),
      target: (name) => this.target(name),
      isUnchanged: (photo) => this.isUnchanged(photo),
      add: async (name, image, found) => {
        const pictures = new Map(found.flatMap(({ method, picture }) => (picture ? [[method, picture] as const] : [])));
        const results = this.describe(name, image, found);
        await this.file(results, pictures, outputs);
        for (const result of results) this.keep(result);
      },
      skip: async (name, image, reason) => this.fileSkipped(await this.describeSkipped(name, image, reason), outputs),
    };
  }

  /** Writes results of a photo, and the pictures by method, all or none. Throws a CommandError. */
  async file(results: readonly StoredResult[], pictures: ReadonlyMap<string, Uint8Array>, outputs: Outputs): Promise<void> {
    const files = new Map<string, Uint8Array | string>();
    for (const result of results) {
      const { name, origin } = result;
      const picture = pictures.get(origin.method);
      // A result without its picture never stands in its place.
      if (picture) files.set(this.#path(name, origin.method, "webp"), picture);
      files.set(this.#path(name, origin.method), asJson(result));
    }
    await outputs.write(files);
  }

  async fileSkipped(skipped: Skipped, outputs: Outputs): Promise<void> {
    await outputs.write(new Map([[this.#path(skipped.name, SKIPPED), asJson(skipped)]]));
    this.keepSkipped(skipped);
  }

  get findings(): Findings {
    const { settings, photos, results, weights } = this.run;
    const records = photos.flatMap(({ name }): NamedRecord[] => {
      const record = this.#record(name);
      return record ? [{ name, record }] : [];
    });
    return { folder: this.folder, settings, about: { settings, results, weights }, photos: photos.length, records };
  }

  /** Undefined for a photo that is not finished. */
  #record(name: string): PhotoRecord | undefined {
    const [results, skipped] = [this.resultsOf(name), this.skippedOf(name)];
    const all = this.methods.flatMap((method) => results.get(method) ?? []);
    const evaluation = results.get(YARDSTICKS)?.evaluation;
    return evaluation && all.length === this.methods.length ? this.#assemble(name, evaluation, all) : skipped;
  }

  /** `results`: the yardsticks first. */
  #assemble(name: string, evaluation: Evaluation, results: readonly StoredResult[]): ScoredRecord {
    const [{ image, target }] = results as [StoredResult];
    const scored = results.flatMap(({ origin, scores }) => (scores ? [[origin.method, scores] as const] : []));
    for (const [method, map] of scored) {
      const missing = disagreement(map, evaluation);
      if (missing !== undefined) refuse(this.#path(name, method), `its scores do not have ${missing}`);
    }
    const pictures = results.flatMap(({ origin: { method }, picture }) =>
      picture ? [[method === YARDSTICKS ? "photo" : method, this.#file(name, method, "webp")]] : [],
    );
    return {
      ...{ image, target },
      adapters: results.map(({ adapter }) => adapter),
      explained: results.flatMap(({ explained }) => explained ?? []),
      evaluation: { ...evaluation, maps: { ...Object.fromEntries(scored), ...evaluation.maps } },
      pictures: Object.fromEntries(pictures),
    };
  }
}

function refuse(path: string, why: string): never {
  throw new CommandError(`${path}: ${why}`, DAMAGED);
}

/** Names of the files in a folder, in order; none where there is no such folder. */
async function listFiles(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT") return [];
    throw new CommandError(`${folder} cannot be read (${code})`, "Name another folder with --out.", { cause: error });
  }
}

/** Removes what a killed process left unfinished; only for the process that has the folder to itself. */
export async function sweep(folder: string): Promise<void> {
  for (const inside of [folder, join(folder, PHOTOS)]) {
    for (const file of (await listFiles(inside)).filter(isTemporary)) await rm(join(inside, file), { force: true });
  }
}
