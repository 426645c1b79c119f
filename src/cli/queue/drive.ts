/** Has workers evaluate the photos of a run, and files in the folder what they find. */
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { safeParse } from "valibot";
import { CommandError, reasonOf } from "../errors.ts";
import type { RunPhoto } from "../evaluation/photos.ts";
import type { StoredResult } from "../evaluation/record.ts";
import { SKIPPED } from "../evaluation/results.ts";
import { keyOf } from "../evaluation/run.ts";
import { result as resultSchema, skipped as skippedSchema } from "../evaluation/schemas.ts";
import type { Store } from "../evaluation/store.ts";
import { failureOf, PhotoProgress, type Work } from "../evaluation/work.ts";
import type { EvaluateCommandOptions } from "../flags.ts";
import { isAddress } from "../locate.ts";
import { nameOrFile } from "../locate-classifier.ts";
import type { Outputs } from "../output-files.ts";
import { notify } from "../print.ts";
import { readContent, readPhoto } from "../read-photo.ts";
import { reportError } from "../report-error.ts";
import { absolutePlace } from "../s3/address.ts";
import { readAddress } from "./address.ts";
import { QueueDatabase } from "./database.ts";
import { outlast } from "./patience.ts";
import { type Plan, type ResultRow, TRIES, type Unit, type UnitPhoto } from "./units.ts";

/** Milliseconds between two looks at the database. */
const PAUSE = 1000;
/** After so many looks, photos that no unit has are queued again: somebody may have emptied the queue. */
const LOOKS = 60;
/** Photos whose results are in memory at a time, with pictures some kilobytes a method, and units that are queued at a time. */
const PHOTOS = 100;
const UNITS = 100;
/** Without --unit: units a run is cut into, and photos a unit has at most. */
const UNITS_OF_RUN = 200;
const MOST_PHOTOS = 16;
/** Seconds without a sign of life after which a unit is given to another worker. */
const LEASE_SECONDS = 60;

export interface QueuedWork extends Omit<Work, "store" | "options"> {
  readonly store: Store;
  readonly outputs: Outputs;
  readonly options: EvaluateCommandOptions;
}

/**
 * Queues the photos, and files what workers find until no photo is left. Resolves to the photos that were set aside, by name, and why. Throws
 * a CommandError, and the signal's reason: what is queued stays so.
 */
export async function evaluateByQueue(work: QueuedWork, leaseSeconds = LEASE_SECONDS): Promise<Map<string, string>> {
  const queue = await QueueDatabase.open(readAddress(work.options.queue));
  try {
    return await new Drive(queue, work, leaseSeconds).run();
  } finally {
    await queue.close();
  }
}

class Drive {
  /** The photos on whose results we wait, by name, and their names by content. */
  readonly #awaited = new Map<string, RunPhoto>();
  readonly #byContent = new Map<string, readonly string[]>();
  readonly #setAside = new Map<string, string>();
  readonly #progress: PhotoProgress;
  #plan = "";

  constructor(
    private readonly queue: QueueDatabase,
    private readonly work: QueuedWork,
    private readonly leaseSeconds: number,
  ) {
    this.#progress = new PhotoProgress(work.photos.length);
  }

  async run(): Promise<Map<string, string>> {
    const { signal } = this.work;
    try {
      await this.#await();
      await outlast(() => this.#begin(), signal);
      this.#progress.begin();
      for (let look = 1; this.#awaited.size > 0; look++) {
        await sleep(PAUSE, undefined, { signal });
        const workers = await outlast(() => this.#look(look % LOOKS === 0), signal);
        this.#progress.await(workers === 1 ? "1 worker" : `${workers} workers`);
      }
    } finally {
      this.#progress.stop();
    }
    return this.#setAside;
  }

  /** Notes the photos; one that cannot be read is left out at once. */
  async #await(): Promise<void> {
    const { photos, store, outputs } = this.work;
    for (const listed of photos) {
      const { name, path } = listed;
      const hash = store.hash(name);
      if (hash === null) {
        const again = new CommandError(`${path} could not be read when the run began`, "The same command tries it again.");
        const error = await readPhoto(path).then(
          () => again,
          (reason) => reason,
        );
        reportError(error);
        await store.writing(outputs).skip(name, path, reasonOf(error));
        this.#progress.advance();
        continue;
      }
      this.#awaited.set(name, listed);
      this.#byContent.set(hash, [...(this.#byContent.get(hash) ?? []), name]);
    }
  }

  async #begin(): Promise<void> {
    const { options, request, store } = this.work;
    this.#plan = keyOf(planOf(this.work));
    const failed = this.#namesOf(await this.queue.photosWithResults([...this.#byContent.keys()], { failed: true }));
    await this.queue.forgetFailures(failed.flatMap((name) => request.methods.map((method) => store.key(name, method.name))));
    await this.queue.forgetSetAside(this.#plan);
    if (options.sendPhotos) await this.#sendPhotos();
    // From here on the database tells what is new.
    await this.queue.photosWithNewResults();
    const before = this.#awaited.size;
    await this.#enqueue({ all: true });
    const there = before - this.#awaited.size;
    if (there > 0) notify(`${there} of ${before} photos were in the database already.`);
  }

  async #sendPhotos(): Promise<void> {
    for (const listed of this.#awaited.values()) {
      const { sha256, other, path, otherPath } = this.#unitPhoto(listed);
      await this.queue.putPhoto(sha256, () => readContent(path));
      if (other && otherPath !== undefined) await this.queue.putPhoto(other.sha256, () => readContent(otherPath));
    }
  }

  /** One look at the database; resolves to the number of workers. */
  async #look(thorough: boolean): Promise<number> {
    const failed = await this.queue.setAside(this.#plan);
    await this.#take(this.#namesOf(await this.queue.photosWithNewResults()));
    for (const { unit, error } of failed) this.#leaveOut(unit, error);
    if (thorough) await this.#enqueue();
    return this.queue.countWorkers();
  }

  /** Queues the photos that neither have results nor are in a unit; takes the results, `all`: of those in units, too. */
  async #enqueue({ all = false } = {}): Promise<void> {
    await this.queue.putPlan(planOf(this.work));
    // In this order: a unit that ends in between has filed its results.
    const queued = new Set<string>();
    for (const { photos } of await this.queue.liveUnits(this.#plan)) for (const photo of photos) queued.add(contentOf(photo));
    const left = () => [...this.#awaited.values()].filter((listed) => !queued.has(contentOf(this.#unitPhoto(listed))));
    const hashes = all ? this.#byContent.keys() : left().map(({ name }) => this.work.store.hash(name) as string);
    await this.#take(this.#namesOf(await this.queue.photosWithResults([...hashes])));
    const photos = left();
    const size = this.work.options.unit ?? Math.min(MOST_PHOTOS, Math.ceil(photos.length / UNITS_OF_RUN));
    for (const some of slices(photos, size * UNITS)) {
      const units = [...slices(some, size)].map((unit) => ({ run: this.#plan, photos: unit.map((listed) => this.#unitPhoto(listed)) }));
      await this.queue.enqueue(units, this.leaseSeconds);
    }
  }

  #unitPhoto({ name, path, other }: RunPhoto): UnitPhoto {
    const photo = this.work.store.photo(name) as UnitPhoto;
    return { ...photo, path: absolutePlace(path), ...(other ? { otherPath: absolutePlace(other.path) } : {}) };
  }

  /** Of the photos that we wait for, those of this content. */
  #namesOf(hashes: readonly string[]): string[] {
    return hashes.flatMap((hash) => this.#byContent.get(hash) ?? []);
  }

  /** Files what there is of photos, of each once it is whole. */
  async #take(names: readonly string[]): Promise<void> {
    const { store } = this.work;
    for (const some of slices(names, PHOTOS)) {
      const wanted = some.map((name) => ({ name, methods: [...store.missing(name), SKIPPED] }));
      const keys = wanted.flatMap(({ name, methods }) => methods.map((method) => store.key(name, method)));
      const rows = new Map((await this.queue.results(keys)).map((row) => [row.key, row]));
      for (const { name, methods } of wanted) {
        const found = methods.flatMap((method) => {
          const row = rows.get(store.key(name, method));
          return row ? [[method, row] as const] : [];
        });
        if (await this.#file(name, new Map(found))) this.#finish(name);
      }
    }
  }

  /** Files what there is of a photo, once it is whole; resolves to whether it was. */
  async #file(name: string, rows: ReadonlyMap<string, ResultRow>): Promise<boolean> {
    const { store, outputs } = this.work;
    const { path } = this.#awaited.get(name) as RunPhoto;
    const skipped = rows.get(SKIPPED);
    if (skipped) {
      const read = { ...readRow(skipped, skippedSchema), name, image: path };
      await store.fileSkipped(read, outputs);
      notify(`error: ${read.skipped}`);
      return true;
    }
    const methods = store.missing(name);
    if (rows.size < methods.length) return false;
    const found = methods.map((method) => rows.get(method) as ResultRow);
    const results = found.map((row) => ({ ...readRow(row, resultSchema), name, image: path })) as StoredResult[];
    // As it was written: reading it puts fields in another order.
    const texts = found.map(({ body }) => ({ ...JSON.parse(body), name, image: path }));
    const pictures = new Map(methods.flatMap((method, at) => (found[at]?.picture ? [[method, found[at].picture] as const] : [])));
    await store.file(texts, pictures, outputs);
    for (const result of results) {
      store.keep(result);
      if (result.failed) reportError(failureOf(path, result));
    }
    return true;
  }

  #leaveOut({ photos }: Unit, error: string): void {
    for (const photo of photos) {
      for (const name of this.#namesOf([photo.sha256])) {
        const listed = this.#awaited.get(name) as RunPhoto;
        if (contentOf(this.#unitPhoto(listed)) !== contentOf(photo)) continue;
        this.#setAside.set(name, `set aside after ${TRIES} tries: ${error}`);
        reportError(new CommandError(`${listed.path} was set aside after ${TRIES} tries: ${error}`, "The same command tries it again."));
        this.#finish(name);
      }
    }
  }

  #finish(name: string): void {
    const hash = this.work.store.hash(name) as string;
    this.#awaited.delete(name);
    this.#byContent.set(
      hash,
      this.#namesOf([hash]).filter((other) => other !== name),
    );
    this.#progress.advance();
  }
}

/** A list in parts of so many items. */
function* slices<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** Tells photos of a run apart, wherever they are. */
function contentOf({ name, sha256, other, planted }: UnitPhoto): string {
  return keyOf({ name, sha256, other, planted });
}

function readRow<S extends typeof resultSchema | typeof skippedSchema>({ key, body }: ResultRow, schema: S) {
  const { success, output } = safeParse(schema, JSON.parse(body));
  if (!success) throw new CommandError(`The database holds a damaged result (${key})`, "Delete it from relabel.result.");
  return output;
}

function planOf({ store, request, located, options }: QueuedWork): Plan {
  const { photos: _, shard: _shard, ...run } = store.run;
  const { shard: _none, ...asked } = request;
  const { name, file } = nameOrFile(options);
  const { weights: _weights, ...classifier } = located;
  const { size, preprocess, runtime, batch, memory, precision, activations } = options;
  const place = file === undefined || isAddress(file) ? file : resolve(file);
  return {
    run,
    request: asked,
    classifier: { ...classifier, name, file: place, options: { size, preprocess } },
    session: { runtime, batch, memory, precision, activations },
  };
}
