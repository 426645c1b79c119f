/** Keeps the results of a run on disk, so that a stopped run goes on where it ended. */
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Evaluation } from "../../faces/all.ts";
import { CommandError } from "../errors.ts";
import { asJson } from "../explain-report.ts";
import { isTemporary } from "../files.ts";
import { readJson } from "../json-file.ts";
import type { Outputs } from "../output-files.ts";
import type { RunPhoto } from "./photos.ts";
import type { Findings, NamedRecord, NewResult, PhotoRecord, ScoredRecord, StoredResult } from "./record.ts";
import { changesBetween, hashPhoto, keyOf, originOf, YARDSTICKS } from "./run.ts";
import { disagreement, type Origin, type Run, result as resultSchema, type Skipped, skipped as skippedSchema } from "./schemas.ts";

export const RUN = "run.json";
export const PHOTOS = "photos";
const SKIPPED = "skipped";
/** Digits of a key in file names; the files have all. */
const DIGITS = 12;
/** `NAME.METHOD.KEY.json`. */
const FILE = /^(.+\.[\w-]+)\.([\da-f]{12})\.json$/;
const DAMAGED = "Delete the file: `evaluate` then computes it anew.";

/** What there is of a photo. */
interface Entry {
  readonly results: Map<string, StoredResult>;
  skipped?: Skipped | undefined;
}

/**
 * The folder of a run: a file for each result, filed under the photo, the method and the hash of all that its numbers depend on. Results of
 * other weights, photos or settings lie side by side, none is taken for another, and what is there is finished.
 */
export class Store {
  readonly #entries = new Map<string, Entry>();
  readonly #photos: ReadonlyMap<string, Run["photos"][number]>;
  /** Shortened keys in the folder, by NAME.METHOD. */
  readonly #keys = new Map<string, string[]>();

  private constructor(
    readonly folder: string,
    readonly run: Run,
  ) {
    this.#photos = new Map(run.photos.map((photo) => [photo.name, photo]));
  }

  /** What the folder has of a run. Throws a CommandError for a damaged file of it. */
  static async read(folder: string, run: Run): Promise<Store> {
    const store = new Store(folder, run);
    for (const file of await listFiles(join(folder, PHOTOS))) {
      const [, start, key] = FILE.exec(file) ?? [];
      if (start !== undefined && key !== undefined) store.#keys.set(start, [...(store.#keys.get(start) ?? []), key]);
    }
    for (const { name } of run.photos) store.#entries.set(name, await store.#readEntry(name));
    return store;
  }

  async #readEntry(name: string): Promise<Entry> {
    const results: Entry["results"] = new Map();
    for (const method of this.#methods) {
      const path = this.#path(name, method);
      const found = this.#has(name, method) && (await readJson(path, resultSchema, DAMAGED));
      if (!found) continue;
      if (found.key !== this.#key(name, method) || found.name !== name) refuse(path, "it is another result than its name says");
      results.set(method, found);
    }
    const skipped = this.#has(name, SKIPPED) ? await readJson(this.#path(name, SKIPPED), skippedSchema, DAMAGED) : undefined;
    return { results, skipped };
  }

  /** Every kind of result that a photo has. */
  get #methods(): string[] {
    return [YARDSTICKS, ...this.run.settings.methods.map(({ name }) => name)];
  }

  #hash(name: string): string | null {
    return this.#photos.get(name)?.sha256 ?? null;
  }

  /** Undefined for a photo that cannot be read. */
  #origin(name: string, method: string): Origin | undefined {
    const photo = this.#photos.get(name);
    return photo?.sha256 ? originOf(this.run, { ...photo, sha256: photo.sha256 }, method) : undefined;
  }

  #key(name: string, method: string): string {
    const origin = method === SKIPPED ? undefined : this.#origin(name, method);
    return keyOf(origin ?? { results: this.run.results, photo: this.#hash(name) });
  }

  /** In the folder. */
  #file(name: string, method: string, ending = "json", key = this.#key(name, method)): string {
    return `${PHOTOS}/${name}.${method}.${key.slice(0, DIGITS)}.${ending}`;
  }

  #path(name: string, method: string, ending?: string, key?: string): string {
    return join(this.folder, this.#file(name, method, ending, key));
  }

  #has(name: string, method: string): boolean {
    return this.#keys.get(`${name}.${method}`)?.includes(this.#key(name, method).slice(0, DIGITS)) ?? false;
  }

  #entry(name: string): Entry {
    return this.#entries.get(name) as Entry;
  }

  /** Methods whose results a photo lacks, or that failed there; without yardsticks, which come with the first, all. */
  missing(name: string): string[] {
    const { results } = this.#entry(name);
    const lacking = this.#methods.filter((method) => !results.has(method) || results.get(method)?.failed);
    return lacking.includes(YARDSTICKS) ? this.#methods : lacking;
  }

  /** Why a photo was left out that is still the same. */
  skipReason(name: string): string | undefined {
    const { skipped } = this.#entry(name);
    return skipped && skipped.photo !== null ? skipped.skipped : undefined;
  }

  /** The class that a photo's results are of: further ones must be of the same. */
  target(name: string): number | undefined {
    return this.#entry(name).results.get(YARDSTICKS)?.target.index;
  }

  /** Why a result that the folder has in another form is computed anew; undefined where there is none. */
  async reason(name: string, method: string): Promise<string | undefined> {
    if (this.#entry(name).results.get(method)?.failed) return "failed before";
    const origin = this.#origin(name, method);
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

  /** Whether the photo's content, and that of the other one that goes with it, is still that of the run. */
  async isUnchanged({ name, path, other }: RunPhoto): Promise<boolean> {
    const hash = await hashPhoto(path);
    if (hash === null || hash !== this.#hash(name)) return false;
    return !other || (await hashPhoto(other.path)) === this.#photos.get(name)?.other?.sha256;
  }

  /** Every file that `add` and `skip` may write of a photo. */
  pathsOf(name: string): string[] {
    const results = this.missing(name).flatMap((method) => ["json", "webp"].map((ending) => this.#path(name, method, ending)));
    return [...results, this.#path(name, SKIPPED)];
  }

  /** The files that there are of a photo, in the folder. */
  filesOf(name: string): string[] {
    const { results, skipped } = this.#entry(name);
    const files = [...results].flatMap(([method, { picture }]) => [
      ...(picture ? [this.#file(name, method, "webp")] : []),
      this.#file(name, method),
    ]);
    return skipped ? [...files, this.#file(name, SKIPPED)] : files;
  }

  /** Files results of a photo, all or none. Throws a CommandError. */
  async add(name: string, image: string, found: readonly NewResult[], outputs: Outputs): Promise<void> {
    const files = new Map<string, Uint8Array | string>();
    const results: StoredResult[] = [];
    for (const { method, picture, ...facts } of found) {
      const origin = this.#origin(name, method) as Origin;
      const result = { key: keyOf(origin), origin, name, image, picture: picture !== undefined, ...facts };
      results.push(result);
      // A result without its picture never stands in its place.
      if (picture) files.set(this.#path(name, method, "webp"), picture);
      files.set(this.#path(name, method), asJson(result));
    }
    await outputs.write(files);
    for (const result of results) this.#entry(name).results.set(result.origin.method, result);
  }

  /** Files why a photo was left out; if it changed meanwhile, or is gone, the next run tries it again. Throws a CommandError. */
  async skip(name: string, image: string, reason: string, outputs: Outputs): Promise<void> {
    const photo = (await this.isUnchanged({ name, path: image })) ? this.#hash(name) : null;
    const skipped = { results: this.run.results, photo, name, image, skipped: reason };
    await outputs.write(new Map([[this.#path(name, SKIPPED), asJson(skipped)]]));
    this.#entry(name).skipped = skipped;
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
    const { results, skipped } = this.#entry(name);
    const all = this.#methods.flatMap((method) => results.get(method) ?? []);
    const evaluation = results.get(YARDSTICKS)?.evaluation;
    return evaluation && all.length === this.#methods.length ? this.#assemble(name, evaluation, all) : skipped;
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
