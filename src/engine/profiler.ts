/** Measures every kernel while work goes on as usual; a page loads it only for profiles. */
import { clockOf, passSeconds, roundTimes, stepOf } from "./clock.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./errors.ts";
import type { Activity, Profile, Span, Submit } from "./profile.ts";
import type { RecordedStep, Recorder } from "./recorder.ts";
import { type Repeatable, Replay } from "./replay.ts";
import { Stopwatch } from "./stopwatch.ts";

/** Dispatches that share a query set, which may have 4096 queries. */
const CAPACITY = 2048;
/** Passes that show before the work how fine the clock is. */
const PROBES = 2;

/** What is known of a dispatch before its timestamps, and what stands for it in a replay. */
interface Pending {
  span: Omit<Span, "start" | "end">;
  repeatable: Repeatable | undefined;
}

/** A query set and what its pairs of queries time. */
interface Page {
  queries: GPUQuerySet;
  resolved: GPUBuffer;
  staging: GPUBuffer;
  spans: Pending[];
}

/**
 * Times every dispatch of an engine's plans by timestamp queries, a pass per kernel, while it is the engine's profiler. Timestamps are
 * fetched when a query set is full and at the end, without waiting for them, so that submits follow each other as they always do.
 */
export class Profiler implements Recorder {
  readonly #engine: Engine;
  #began = performance.now();
  #replay: Replay | undefined;
  readonly #spans: Span[] = [];
  readonly #submits: Submit[] = [];
  readonly #activities: Activity[] = [];
  readonly #pages = new Set<Page>();
  readonly #full: Page[] = [];
  readonly #reads: Promise<void>[] = [];
  #page: Page | undefined;
  #origin: bigint | undefined;
  #step = 0n;
  #lost = 0;
  #recording = 0;

  /** Throws LIMIT where the device has no timestamp queries. */
  constructor(engine: Engine) {
    if (!engine.device.features.has("timestamp-query")) {
      throw new EngineError(
        "LIMIT",
        "This device has no timestamp queries.",
        "Request the feature timestamp-query, or use an adapter that has it.",
      );
    }
    this.#engine = engine;
  }

  /** Milliseconds since the measurement began. */
  get #now(): number {
    return performance.now() - this.#began;
  }

  /** Looks at the clock; the measurement begins afterwards. Throws DEVICE_LOST. */
  async begin(): Promise<void> {
    const stopwatch = new Stopwatch(this.#engine);
    try {
      for (let probe = 0; probe < PROBES; probe++) await stopwatch.time(() => {});
      if (stopwatch.clock.mode === "quantised") this.#replay = new Replay(this.#engine);
    } finally {
      stopwatch.dispose();
    }
    this.#activities.length = 0;
    this.#began = performance.now();
  }

  beginSubmit(plan: string): void {
    this.#recording = this.#now;
    this.#submits.push({ plan, submitted: 0, done: 0 });
  }

  pass(step: RecordedStep): GPUComputePassDescriptor {
    this.#page ??= this.#open();
    const { queries, spans } = this.#page;
    const index = 2 * spans.length;
    const submit = this.#submits.length - 1;
    const { plan } = this.#submits[submit] as Submit;
    const { definition, label, flops, bytes, groups, constants } = step;
    const span = { plan, kernel: definition.name, label, submit, flops, bytes, grid: groups, constants: constants as Span["constants"] };
    spans.push({ span, repeatable: this.#replay?.note(plan, step) });
    if (spans.length === CAPACITY) this.#close();
    const timestampWrites = { querySet: queries, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
    return { label, timestampWrites };
  }

  resolve(encoder: GPUCommandEncoder): void {
    this.#fetch(encoder);
    const submitted = this.#now;
    (this.#submits.at(-1) as Submit).submitted = submitted;
    this.#activities.push({ label: "record", kind: "work", start: this.#recording, end: submitted });
  }

  endSubmit(): void {
    const submit = this.#submits.at(-1) as Submit;
    this.#activities.push({ label: "submit", kind: "work", start: submit.submitted, end: this.#now });
    this.#engine.submittedWorkDone().then(
      () => {
        submit.done = this.#now;
      },
      () => {},
    );
    this.#read();
  }

  work<T>(label: string, run: () => T): T {
    const start = this.#now;
    try {
      return run();
    } finally {
      this.#activities.push({ label, kind: "work", start, end: this.#now });
    }
  }

  async wait<T>(label: string, run: () => Promise<T>): Promise<T> {
    const start = this.#now;
    try {
      return await run();
    } finally {
      this.#activities.push({ label, kind: "wait", start, end: this.#now });
    }
  }

  get held(): number {
    return this.#replay?.held ?? 0;
  }

  holds(buffer: GPUBuffer): boolean {
    return this.#replay?.holds(buffer) ?? false;
  }

  letGo(): void {
    this.#replay?.letGo();
  }

  /** Ends the measurement, reads what is left of it, and replays it where the clock is coarse. Throws DEVICE_LOST. */
  async finish(): Promise<Profile> {
    const wall = this.#now;
    const engine = this.#engine;
    if (this.#page) {
      this.#close();
      engine.attempt("the profiler", () => {
        const encoder = engine.device.createCommandEncoder({ label: "profiler" });
        this.#fetch(encoder);
        engine.device.queue.submit([encoder.finish()]);
      });
      this.#read();
    }
    await Promise.all(this.#reads);
    await engine.submittedWorkDone();
    await engine.settle();
    const [clock, began, activities] = [clockOf(this.#step), this.#began, [...this.#activities]];
    const replayed = this.#replay !== undefined && clock.mode === "quantised";
    if (replayed) await this.#replay?.run(passSeconds(clock));
    return { began, wall, clock, replayed, lost: this.#lost, spans: this.#spans, submits: this.#submits, activities };
  }

  #open(): Page {
    const bytes = CAPACITY * 16;
    const { device } = this.#engine;
    const page = {
      queries: this.#engine.attempt("the profiler's queries", () =>
        device.createQuerySet({ label: "profiler", type: "timestamp", count: CAPACITY * 2 }),
      ),
      resolved: this.#engine.allocate("profiler timestamps", bytes, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC),
      staging: this.#engine.allocate("profiler staging", bytes, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST),
      spans: [],
    };
    this.#pages.add(page);
    return page;
  }

  #close(): void {
    this.#full.push(this.#page as Page);
    this.#page = undefined;
  }

  #fetch(encoder: GPUCommandEncoder): void {
    for (const { queries, resolved, staging, spans } of this.#full) {
      encoder.resolveQuerySet(queries, 0, spans.length * 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, spans.length * 16);
    }
  }

  /** Begins to read what was fetched by commands that were just submitted. */
  #read(): void {
    for (const page of this.#full.splice(0)) {
      const read = this.#readPage(page);
      // Whoever awaits it, in `finish`, may come much later.
      read.catch(() => {});
      this.#reads.push(read);
    }
  }

  async #readPage(page: Page): Promise<void> {
    const mapped = this.#engine.attempt("the profiler", () => page.staging.mapAsync(GPUMapMode.READ));
    await this.#engine.answer("Reading timestamps", mapped);
    const exact = new BigUint64Array(page.staging.getMappedRange(), 0, page.spans.length * 2);
    const times = roundTimes(exact, this.#engine.clockStep);
    this.#step = stepOf(times, this.#step);
    page.spans.forEach(({ span, repeatable }, index) => {
      const [begin, end] = [times[2 * index] as bigint, times[2 * index + 1] as bigint];
      if (begin === 0n || end < begin) {
        this.#lost++;
        return;
      }
      this.#origin ??= begin;
      const timed = { ...span, start: Number(begin - this.#origin), end: Number(end - this.#origin) };
      this.#spans.push(timed);
      repeatable?.spans.push(timed);
    });
    this.#free(page);
  }

  #free(page: Page): void {
    this.#pages.delete(page);
    page.queries.destroy();
    for (const buffer of [page.resolved, page.staging]) this.#engine.release(buffer);
  }

  dispose(): void {
    this.#replay?.letGo();
    for (const page of this.#pages) this.#free(page);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
