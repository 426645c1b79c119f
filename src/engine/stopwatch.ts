/** Measures how long plans run on the GPU, for the tuner, the ceilings and the benchmarks. */
import { type Clock, clockOf, roundTimes, stepOf } from "./clock.ts";
import type { Engine } from "./engine.ts";
import type { Plan } from "./plan.ts";

/** Times a whole compute pass on the GPU by timestamp queries, where the device has them. */
export class Stopwatch {
  readonly #engine: Engine;
  readonly #queries: GPUQuerySet | undefined;
  readonly #resolved: GPUBuffer | undefined;
  #step = 0n;

  constructor(engine: Engine) {
    this.#engine = engine;
    if (!engine.device.features.has("timestamp-query")) return;
    this.#queries = engine.attempt("the stopwatch's queries", () =>
      engine.device.createQuerySet({ label: "stopwatch", type: "timestamp", count: 2 }),
    );
    this.#resolved = engine.allocate("stopwatch timestamps", 16, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC);
  }

  /** What the times were read from: GPU timestamps, or the wall clock. */
  get clock(): Clock {
    return clockOf(this.#step);
  }

  /**
   * Submits one pass with what `record` puts into it and waits for its end. Seconds of GPU time, undefined where there is no clock or its
   * difference is not positive, which the specification allows; and seconds from the submit to the news that the work is done.
   */
  async time(record: (pass: GPUComputePassEncoder) => void): Promise<{ gpu: number | undefined; wall: number }> {
    const engine = this.#engine;
    const querySet = this.#queries;
    const commands = engine.attempt("the stopwatch", () => {
      const encoder = engine.device.createCommandEncoder({ label: "stopwatch" });
      const timestampWrites = querySet && { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
      const pass = encoder.beginComputePass({ label: "stopwatch", ...(timestampWrites ? { timestampWrites } : {}) });
      record(pass);
      pass.end();
      if (querySet) encoder.resolveQuerySet(querySet, 0, 2, this.#resolved as GPUBuffer, 0);
      return encoder.finish();
    });
    const began = performance.now();
    engine.submit([commands]);
    await engine.submittedWorkDone();
    const wall = (performance.now() - began) / 1000;
    await engine.settle();
    return { gpu: await this.#read(), wall };
  }

  /** Seconds of `runs` runs of a plan in one pass: of GPU time if there is a clock. */
  async timeRuns(plan: Plan, runs: number): Promise<number> {
    const { gpu, wall } = await this.time((pass) => {
      for (let run = 0; run < runs; run++) plan.encode(pass);
    });
    return gpu ?? wall;
  }

  async #read(): Promise<number | undefined> {
    if (!this.#resolved) return undefined;
    const times = new BigUint64Array(await this.#engine.readBuffer(this.#resolved, 16));
    const [begin = 0n, end = 0n] = roundTimes(times, this.#engine.clockStep);
    this.#step = stepOf([begin, end], this.#step);
    return end > begin ? Number(end - begin) / 1e9 : undefined;
  }

  dispose(): void {
    this.#queries?.destroy();
    if (this.#resolved) this.#engine.release(this.#resolved);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
