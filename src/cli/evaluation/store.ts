import { mkdir, readdir, readFile } from "node:fs/promises";
import { join, parse } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { AdapterInfo, ClassScore, PhotoScores } from "../../index.ts";
import { CommandError } from "../errors.ts";
import { replaceFiles } from "../files.ts";
import type { Shard } from "./photos.ts";

/** What decides about every number of a run; runs that differ in it do not go into one table. */
export interface RunSettings {
  readonly teacher: string;
  readonly precision: string;
  readonly fit: string;
  readonly target: number | null;
  readonly seed: number;
  readonly protocol: string;
  readonly metrics: readonly string[];
  /** Every method with the options and parameters it was given or told by the number of forwards. */
  readonly methods: readonly { readonly name: string; readonly options: Readonly<Record<string, unknown>> }[];
}

/** `run.json`. */
export interface Run {
  readonly settings: RunSettings;
  /** Names of all photos, those of other shards among them. */
  readonly photos: readonly string[];
  readonly shard: Shard;
}

/** `photos/NAME.json`: what was found on a photo, or why it was left out. */
export type PhotoRecord = { readonly image: string; readonly adapter?: AdapterInfo } & (
  | (PhotoScores & {
      readonly target: ClassScore;
      /** Of what there are pictures: the photo, and maps by their names. */
      readonly pictures: readonly string[];
    })
  | { readonly skipped: string }
);

/** A record with scores. */
export type ScoredRecord = Extract<PhotoRecord, PhotoScores>;

export function isScored(record: PhotoRecord): record is ScoredRecord {
  return !("skipped" in record);
}

const RUN = "run.json";
const PHOTOS = "photos";
const ENDING = ".webp";

/** The folder of a run: one file of scores a photo, and pictures beside it; what is there is finished. */
export class Store {
  readonly #records = new Map<string, PhotoRecord>();

  private constructor(
    readonly folder: string,
    readonly run: Run,
  ) {}

  /** Opens the folder for more photos of the same run. Throws a CommandError where it holds another one. */
  static async open(folder: string, run: Run): Promise<Store> {
    const earlier = await readJson<Run>(join(folder, RUN));
    if (earlier && !isDeepStrictEqual(earlier.settings, JSON.parse(JSON.stringify(run.settings)))) {
      const differing = Object.keys(run.settings).filter((key) => {
        const [a, b] = [earlier.settings, run.settings].map((settings) => settings[key as keyof RunSettings]);
        return !isDeepStrictEqual(a, JSON.parse(JSON.stringify(b)));
      });
      throw new CommandError(
        `${folder} holds a run with other settings (${differing.join(", ")})`,
        "Give the settings of that run to go on with it, or name another folder with --out.",
      );
    }
    const store = new Store(folder, run);
    await store.#load();
    await replaceFiles(new Map([[join(folder, RUN), json(run)]]));
    return store;
  }

  /** What a finished or interrupted run left. Throws a CommandError where there was none. */
  static async read(folder: string): Promise<Store> {
    const run = await readJson<Run>(join(folder, RUN));
    if (!run) throw new CommandError(`${folder} holds no run: there is no ${RUN} in it`, "Name folders that `evaluate` wrote with --out.");
    const store = new Store(folder, run);
    await store.#load();
    return store;
  }

  async #load(): Promise<void> {
    await mkdir(join(this.folder, PHOTOS), { recursive: true });
    for (const file of (await readdir(join(this.folder, PHOTOS))).sort()) {
      if (!file.endsWith(".json")) continue;
      const record = await readJson<PhotoRecord>(join(this.folder, PHOTOS, file));
      if (record) this.#records.set(parse(file).name, record);
    }
  }

  /**
   * One run of the parts, with their records and pictures; of a photo in several parts, the first one's. Throws a CommandError where the
   * parts are of different runs or lack a photo.
   */
  static async merge(folder: string, parts: readonly Store[]): Promise<Store> {
    const [first, ...others] = parts as [Store, ...Store[]];
    const stranger = others.find(({ run }) => !isDeepStrictEqual({ ...run, shard: 0 }, { ...first.run, shard: 0 }));
    if (stranger) {
      throw new CommandError(
        `${stranger.folder} and ${first.folder} are of different settings or photos`,
        "Merge the shards of one run only.",
      );
    }
    const missing = first.run.photos.filter((name) => !parts.some((part) => part.has(name)));
    if (missing.length > 0) {
      const some = missing.slice(0, 3).join(", ");
      throw new CommandError(
        `${missing.length} photos are in no part (${some}${missing.length > 3 ? ", ..." : ""})`,
        "Finish every shard first.",
      );
    }
    const merged = await Store.open(folder, { ...first.run, shard: { index: 0, count: 1 } });
    for (const name of first.run.photos) {
      if (merged.has(name)) continue;
      const part = parts.find((candidate) => candidate.has(name)) as Store;
      await merged.add(name, part.#records.get(name) as PhotoRecord, await part.#pictures(name));
    }
    return merged;
  }

  async #pictures(name: string): Promise<Map<string, Uint8Array>> {
    const record = this.#records.get(name) as PhotoRecord;
    const pictures = new Map<string, Uint8Array>();
    for (const what of isScored(record) ? record.pictures : [])
      pictures.set(what, await readFile(join(this.folder, Store.picture(name, what))));
    return pictures;
  }

  get hasScores(): boolean {
    return this.records.some(({ record }) => isScored(record));
  }

  has(name: string): boolean {
    return this.#records.has(name);
  }

  /** The records of the run's photos that there are, in the order of the photos' names. */
  get records(): { name: string; record: PhotoRecord }[] {
    return this.run.photos.flatMap((name) => {
      const record = this.#records.get(name);
      return record ? [{ name, record }] : [];
    });
  }

  /** Path of a picture of a photo, relative to the folder. */
  static picture(name: string, what: string): string {
    return `${PHOTOS}/${name}.${what}${ENDING}`;
  }

  /** Files a record with its pictures, all or none. */
  async add(name: string, record: PhotoRecord, pictures: ReadonlyMap<string, Uint8Array> = new Map()): Promise<void> {
    const files = new Map<string, Uint8Array | string>();
    for (const [what, bytes] of pictures) files.set(join(this.folder, Store.picture(name, what)), bytes);
    // The last to be put in its place: a record without its pictures never stands there.
    files.set(join(this.folder, PHOTOS, `${name}.json`), json(record));
    await replaceFiles(files);
    this.#records.set(name, record);
  }
}

/** Undefined where there is no such file. Throws a CommandError where it is no JSON. */
async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return undefined;
    throw new CommandError(`${path} cannot be read (${(error as Error).message})`, "Delete it, and run `evaluate` again.", {
      cause: error,
    });
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
