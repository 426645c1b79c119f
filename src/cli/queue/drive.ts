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
/** Results in memory at a time: with pictures they are some kilobytes each. */
const KEYS = 1000;
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

/** A photo on whose results we wait. */
interface Awaited {
  readonly listed: RunPhoto;
  readonly methods: readonly string[];
  readonly rows: Map<string, ResultRow>;
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
  readonly #awaited = new Map<string, Awaited>();
  readonly #byKey = new Map<string, { name: string; method: string }[]>();
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

  /** Notes what each photo lacks; one that cannot be read is left out at once. */
  async #await(): Promise<void> {
    const { photos, store, outputs } = this.work;
    for (const listed of photos) {
      const { name, path } = listed;
      if (store.hash(name) === null) {
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
      const methods = store.missing(name);
      this.#awaited.set(name, { listed, methods, rows: new Map() });
      for (const method of [...methods, SKIPPED]) {
        const key = store.key(name, method);
        this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), { name, method }]);
      }
    }
  }

  async #begin(): Promise<void> {
    const { options, photos, request, store } = this.work;
    this.#plan = await this.queue.putPlan(planOf(this.work));
    await this.queue.forgetFailures(photos.flatMap(({ name }) => request.methods.map((method) => store.key(name, method.name))));
    await this.queue.forgetSetAside(this.#plan);
    if (options.sendPhotos) await this.#sendPhotos();
    // From here on the database tells what is new.
    await this.queue.newKeys();
    const before = this.#awaited.size;
    await this.#enqueue();
    const there = before - this.#awaited.size;
    if (there > 0) notify(`${there} of ${before} photos were in the database already.`);
  }

  async #sendPhotos(): Promise<void> {
    for (const { listed } of this.#awaited.values()) {
      const { sha256, other, path, otherPath } = this.#unitPhoto(listed);
      await this.queue.putPhoto(sha256, () => readContent(path));
      if (other && otherPath !== undefined) await this.queue.putPhoto(other.sha256, () => readContent(otherPath));
    }
  }

  /** One look at the database; resolves to the number of workers. */
  async #look(thorough: boolean): Promise<number> {
    const failed = await this.queue.setAside(this.#plan);
    const keys = await this.queue.newKeys();
    await this.#take(await this.queue.results(keys.filter((key) => this.#byKey.has(key))));
    for (const { unit, error } of failed) this.#leaveOut(unit, error);
    if (thorough) await this.#enqueue();
    return this.queue.countWorkers();
  }

  /** Takes all results that there are, and queues the photos that neither have them nor are in a unit. */
  async #enqueue(): Promise<void> {
    // In this order: a unit that ends in between has filed its results.
    const live = await this.queue.liveUnits(this.#plan);
    const keys = [...this.#byKey.keys()];
    for (let at = 0; at < keys.length; at += KEYS) await this.#take(await this.queue.results(keys.slice(at, at + KEYS)));
    const queued = new Set(live.flatMap(({ photos }) => photos.map(contentOf)));
    const photos = [...this.#awaited.values()]
      .map(({ listed }) => this.#unitPhoto(listed))
      .filter((photo) => !queued.has(contentOf(photo)));
    const size = this.work.options.unit ?? Math.min(MOST_PHOTOS, Math.ceil(photos.length / UNITS_OF_RUN));
    const units: Unit[] = [];
    for (let at = 0; at < photos.length; at += size) units.push({ run: this.#plan, photos: photos.slice(at, at + size) });
    await this.queue.enqueue(units, this.leaseSeconds);
  }

  #unitPhoto({ name, path, other }: RunPhoto): UnitPhoto {
    const photo = this.work.store.photo(name) as UnitPhoto;
    return { ...photo, path: absolutePlace(path), ...(other ? { otherPath: absolutePlace(other.path) } : {}) };
  }

  async #take(rows: readonly ResultRow[]): Promise<void> {
    const touched = new Set<string>();
    for (const row of rows) {
      for (const { name, method } of this.#byKey.get(row.key) ?? []) {
        this.#awaited.get(name)?.rows.set(method, row);
        touched.add(name);
      }
    }
    for (const name of touched) {
      const awaited = this.#awaited.get(name);
      if (awaited && (await this.#file(name, awaited))) this.#finish(name);
    }
  }

  /** Files what there is of a photo, once it is whole; resolves to whether it was. */
  async #file(name: string, { listed: { path }, methods, rows }: Awaited): Promise<boolean> {
    const { store, outputs } = this.work;
    const skipped = rows.get(SKIPPED);
    if (skipped) {
      const read = { ...readRow(skipped, skippedSchema), name, image: path };
      await store.fileSkipped(read, outputs);
      notify(`error: ${read.skipped}`);
      return true;
    }
    const found = methods.flatMap((method) => rows.get(method) ?? []);
    if (found.length < methods.length) return false;
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
    const failed = new Set(photos.map(contentOf));
    for (const [name, { listed }] of this.#awaited) {
      if (!failed.has(contentOf(this.#unitPhoto(listed)))) continue;
      this.#setAside.set(name, `set aside after ${TRIES} tries: ${error}`);
      reportError(new CommandError(`${listed.path} was set aside after ${TRIES} tries: ${error}`, "The same command tries it again."));
      this.#finish(name);
    }
  }

  #finish(name: string): void {
    const { store } = this.work;
    for (const method of [...(this.#awaited.get(name)?.methods ?? []), SKIPPED]) {
      const key = store.key(name, method);
      const others = this.#byKey.get(key)?.filter((awaited) => awaited.name !== name) ?? [];
      if (others.length > 0) this.#byKey.set(key, others);
      else this.#byKey.delete(key);
    }
    this.#awaited.delete(name);
    this.#progress.advance();
  }
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
