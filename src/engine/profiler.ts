/** Measures every kernel while work goes on as usual; a page loads it only for profiles. */
import { clockOf, stepOf } from "./clock.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./errors.ts";
import type { Activity, Profile, Span, Submit } from "./profile.ts";
import type { RecordedStep, Recorder } from "./recorder.ts";

/** Dispatches that share a query set, which may have 4096 queries. */
const CAPACITY = 2048;

/** A query set and what its pairs of queries time. */
interface Page {
  queries: GPUQuerySet;
  resolved: GPUBuffer;
  staging: GPUBuffer;
  spans: Omit<Span, "start" | "end">[];
}

/**
 * Times every dispatch of an engine's plans by timestamp queries, a pass per kernel, while it is the engine's profiler. Timestamps are
 * fetched when a query set is full and at the end, without waiting for them, so that submits follow each other as they always do.
 */
export class Profiler implements Recorder {
  readonly #engine: Engine;
  readonly #began = performance.now();
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
    spans.push({ plan, kernel: step.definition.name, label: step.label, submit, flops: step.flops, bytes: step.bytes });
    if (spans.length === CAPACITY) this.#close();
    const timestampWrites = { querySet: queries, beginningOfPassWriteIndex: index, endOfPassWriteIndex: index + 1 };
    return { label: step.label, timestampWrites };
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

  /** Ends the measurement and reads what is left of it. Throws DEVICE_LOST. */
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
    const [clock, lost] = [clockOf(this.#step), this.#lost];
    return { began: this.#began, wall, clock, lost, spans: this.#spans, submits: this.#submits, activities: this.#activities };
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
    const times = new BigUint64Array(page.staging.getMappedRange(), 0, page.spans.length * 2);
    this.#step = stepOf(times, this.#step);
    page.spans.forEach((span, index) => {
      const [begin, end] = [times[2 * index] as bigint, times[2 * index + 1] as bigint];
      if (begin === 0n || end < begin) {
        this.#lost++;
        return;
      }
      this.#origin ??= begin;
      this.#spans.push({ ...span, start: Number(begin - this.#origin), end: Number(end - this.#origin) });
    });
    this.#free(page);
  }

  #free(page: Page): void {
    this.#pages.delete(page);
    page.queries.destroy();
    for (const buffer of [page.resolved, page.staging]) this.#engine.release(buffer);
  }

  dispose(): void {
    for (const page of this.#pages) this.#free(page);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
