/** Keeps the results of a run on disk, so that a stopped run goes on where it ended. */
import { opendir, rm } from "node:fs/promises";
import { join } from "node:path";
import { CommandError } from "../errors.ts";
import { isTemporary } from "../files.ts";
import { asJson, readJson } from "../json-file.ts";
import type { Outputs } from "../output-files.ts";
import { readAhead } from "../read-ahead.ts";
import type { Findings, PhotoRecord, ScoredRecord, SkippedRecord, StoredResult } from "./record.ts";
import { type ResultStore, Results, SKIPPED } from "./results.ts";
import { changesBetween, YARDSTICKS } from "./run.ts";
import { disagreement, type Run, result as resultSchema, type Skipped, skipped as skippedSchema } from "./schemas.ts";

export const RUN = "run.json";
export const PHOTOS = "photos";
/** Digits of a key in file names; the files have all. */
const DIGITS = 12;
/** `NAME.METHOD.KEY.json`, and `.webp` of its picture. */
const FILE = /^((.+)\.([\w-]+))\.([\da-f]{12})\.(json|webp)$/;
const DAMAGED = "Delete the file: `evaluate` then computes it anew.";

/**
 * The folder of a run: a file for each result, filed under the photo, the method and the hash of all that its numbers depend on. Results of
 * other weights, photos or settings lie side by side, none is taken for another, and what is there is finished.
 */
export class Store extends Results {
  /** Names in the folder's list, a byte a photo and method; the last of a photo's is `SKIPPED`. */
  readonly #listed: Uint8Array;
  /** Of each photo 1 where the folder has a file of it, of whatever run. */
  readonly #seen: Uint8Array;
  /** Shortened keys of other runs' results, by NAME.METHOD. */
  readonly #others = new Map<string, string[]>();

  private constructor(
    readonly folder: string,
    run: Run,
  ) {
    super(run);
    this.#listed = new Uint8Array(run.photos.length * (this.methods.length + 1));
    this.#seen = new Uint8Array(run.photos.length);
  }

  /** What the folder has of a run. Reads every file once, and keeps none. Throws a CommandError for a damaged one. */
  static async read(folder: string, run: Run): Promise<Store> {
    const store = new Store(folder, run);
    for await (const file of listFiles(join(folder, PHOTOS))) store.#list(file);
    for await (const { results, skipped } of readAhead(run.photos.keys(), (place) => store.#readEntry(place))) {
      for (const result of results) store.keep(result);
      if (skipped) store.keepSkipped(skipped);
    }
    return store;
  }

  #list(file: string): void {
    const [, start = "", name = "", method = "", key = "", ending] = FILE.exec(file) ?? [];
    const kinds = [...this.methods, SKIPPED];
    const [place, kind] = [this.placeOf(name), kinds.indexOf(method)];
    if (place !== undefined) this.#seen[place] = 1;
    if (place === undefined || kind < 0 || ending !== "json") return;
    if (this.key(name, method).startsWith(key)) this.#listed[place * kinds.length + kind] = 1;
    else this.#others.set(start, [...(this.#others.get(start) ?? []), key]);
  }

  /** What the folder has of the photo at a place of the run. */
  async #readEntry(place: number): Promise<{ results: StoredResult[]; skipped: Skipped | undefined }> {
    const { name } = this.run.photos[place] as Run["photos"][number];
    const kinds = [...this.methods, SKIPPED];
    const listed = kinds.filter((_, at) => this.#listed[place * kinds.length + at] === 1);
    const methods = listed.filter((kind) => kind !== SKIPPED);
    const results = await this.#readResults(name, methods, false);
    this.#assemble(name, results);
    const skipped = listed.includes(SKIPPED) ? await readJson(this.#path(name, SKIPPED), skippedSchema, DAMAGED) : undefined;
    return { results, skipped: skipped && { ...skipped, name } };
  }

  /** Of these methods; a file that is gone is left out. `checked`: see `readJson`. */
  async #readResults(name: string, methods: readonly string[], checked: boolean): Promise<StoredResult[]> {
    const found = await Promise.all(
      methods.map(async (method) => {
        const key = this.key(name, method);
        const path = this.#path(name, method, "json", key);
        const result = await readJson(path, resultSchema, DAMAGED, { checked });
        if (result && (result.key !== key || result.name !== name)) refuse(path, "it is another result than its name says");
        return result;
      }),
    );
    return found.filter((result) => result !== undefined);
  }

  /** In the folder. */
  #file(name: string, method: string, ending = "json", key = this.key(name, method)): string {
    return `${PHOTOS}/${name}.${method}.${key.slice(0, DIGITS)}.${ending}`;
  }

  #path(name: string, method: string, ending?: string, key?: string): string {
    return join(this.folder, this.#file(name, method, ending, key));
  }

  /** Why a result that the folder has in another form is computed anew; undefined where there is none. */
  async reason(name: string, method: string): Promise<string | undefined> {
    if (this.hasFailed(name, method)) return "failed before";
    const origin = this.origin(name, method);
    if (!origin) return undefined;
    const all: string[][] = [];
    for (const key of [...(this.#others.get(`${name}.${method}`) ?? [])].sort()) {
      // A damaged file of another run does not matter to this one.
      const earlier = await readJson(this.#path(name, method, "json", key), resultSchema, DAMAGED).catch(() => undefined);
      if (earlier) all.push(changesBetween(earlier.origin, origin));
    }
    const [nearest] = all.sort((a, b) => a.length - b.length);
    if (nearest) return `${nearest.join(" and ")} changed`;
    return this.skippedOf(name) || this.#others.has(`${name}.${SKIPPED}`) ? "photo changed" : undefined;
  }

  /** Every file that `add` and `skip` may write of a photo; where there is none of them yet, the one with the longest name. */
  pathsOf(name: string): string[] {
    if (this.#seen[this.placeOf(name) as number] === 0) {
      const [longest] = [...this.methods, SKIPPED].sort((a, b) => b.length - a.length) as [string];
      return [this.#path(name, longest)];
    }
    const results = this.missing(name).flatMap((method) => ["json", "webp"].map((ending) => this.#path(name, method, ending)));
    return [...results, this.#path(name, SKIPPED)];
  }

  /** The files that there are of a photo, in the folder. */
  filesOf(name: string): string[] {
    const files = this.methods
      .filter((method) => this.has(name, method))
      .flatMap((method) => [...(this.hasPicture(name, method) ? [this.#file(name, method, "webp")] : []), this.#file(name, method)]);
    return this.skippedOf(name) ? [...files, this.#file(name, SKIPPED)] : files;
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

  /** What there is to report. Photos that were `setAside` have their reason in the place of results. */
  findings(setAside: ReadonlyMap<string, SkippedRecord> = new Map()): Findings {
    const { settings, photos, results, weights } = this.run;
    const records = () =>
      readAhead(photos, async ({ name }) => {
        const record = setAside.get(name) ?? (await this.record(name));
        return record && { name, record };
      });
    return { folder: this.folder, settings, about: { settings, results, weights }, photos: photos.length, records };
  }

  /** Reads what there is to report of a photo; undefined for one that is not finished. Throws a CommandError for a damaged file. */
  async record(name: string): Promise<PhotoRecord | undefined> {
    const record = this.isWhole(name) ? this.#assemble(name, await this.#readResults(name, this.methods, true)) : undefined;
    return record ?? this.skippedOf(name);
  }

  /** `results`: the yardsticks first. Undefined where some are missing. */
  #assemble(name: string, results: readonly StoredResult[]): ScoredRecord | undefined {
    const [first] = results;
    const evaluation = first?.evaluation;
    if (!first || !evaluation || results.length < this.methods.length) return undefined;
    const { image, target } = first;
    const scored = results.flatMap(({ origin, scores }) => (scores ? [[origin.method, scores] as const] : []));
    for (const [method, map] of scored) {
      const missing = disagreement(map, evaluation);
      if (missing !== undefined) refuse(this.#path(name, method), `its scores do not have ${missing}`);
    }
    const pictures = results.flatMap(({ key, origin: { method }, picture }) =>
      picture ? [[method === YARDSTICKS ? "photo" : method, this.#file(name, method, "webp", key)]] : [],
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

/** Names of the files in a folder; none where there is no such folder. */
async function* listFiles(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name;
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === "ENOENT") return;
    throw new CommandError(`${folder} cannot be read (${code})`, "Name another folder with --out.", { cause: error });
  }
}

/** Removes what a killed process left unfinished; only for the process that has the folder to itself. */
export async function sweep(folder: string): Promise<void> {
  for (const inside of [folder, join(folder, PHOTOS)]) {
    for await (const file of listFiles(inside)) if (isTemporary(file)) await rm(join(inside, file), { force: true });
  }
}
