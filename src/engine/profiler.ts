import type { Engine } from "./engine.ts";
import { EngineError } from "./errors.ts";

/** One dispatch as it was timed: GPU nanoseconds since the profiler's first timestamp. */
export interface Span {
  plan: string;
  kernel: string;
  label: string;
  start: number;
  end: number;
  flops: number;
  bytes: number;
}

/** A row of the profile: every dispatch of one kernel together. */
export interface KernelTotal {
  kernel: string;
  dispatches: number;
  /** Milliseconds of GPU time. */
  milliseconds: number;
  share: number;
  gflops: number;
  gigabytes: number;
}

const CAPACITY = 2048;

/**
 * Times every dispatch of the plans that run with it, by timestamp queries, a pass per kernel. Chrome rounds timestamps to 100 us
 * unless its WebGPU developer features are on; negative differences, which the specification allows, are dropped.
 */
export class Profiler {
  readonly spans: Span[] = [];
  readonly #engine: Engine;
  readonly #queries: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #pending: Omit<Span, "start" | "end">[] = [];
  #origin: bigint | undefined;

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
    this.#queries = engine.device.createQuerySet({ label: "profiler", type: "timestamp", count: CAPACITY * 2 });
    this.#resolved = engine.allocate("profiler timestamps", CAPACITY * 16, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC);
  }

  /** The timestamp writes of the next pass. */
  span(plan: string, step: { definition: { name: string }; label: string; flops: number; bytes: number }): GPUComputePassDescriptor {
    const index = this.#pending.length;
    if (index >= CAPACITY) throw new EngineError("LIMIT", `More than ${CAPACITY} dispatches in one submit.`, "Profile a smaller plan.");
    this.#pending.push({ plan, kernel: step.definition.name, label: step.label, flops: step.flops, bytes: step.bytes });
    return { timestampWrites: { querySet: this.#queries, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 } };
  }

  /** Appends the resolve to the encoder that holds the passes. */
  resolve(encoder: GPUCommandEncoder): void {
    encoder.resolveQuerySet(this.#queries, 0, this.#pending.length * 2, this.#resolved, 0);
  }

  /** Reads the timestamps of the last submit. */
  async collect(): Promise<void> {
    const pending = this.#pending.splice(0);
    const times = new BigUint64Array(await this.#engine.readBuffer(this.#resolved, pending.length * 16));
    this.#origin ??= times[0];
    pending.forEach((span, index) => {
      const [begin, end] = [times[2 * index] as bigint, times[2 * index + 1] as bigint];
      if (end < begin) return;
      this.spans.push({ ...span, start: Number(begin - (this.#origin as bigint)), end: Number(end - (this.#origin as bigint)) });
    });
  }

  /** Kernels by total time, longest first. */
  totals(): KernelTotal[] {
    const all = this.spans.reduce((sum, span) => sum + span.end - span.start, 0);
    const kernels = new Map<string, Span[]>();
    for (const span of this.spans) kernels.set(span.kernel, [...(kernels.get(span.kernel) ?? []), span]);
    return [...kernels]
      .map(([kernel, spans]) => {
        const nanoseconds = spans.reduce((sum, span) => sum + span.end - span.start, 0);
        const per = (key: "flops" | "bytes") => (nanoseconds > 0 ? spans.reduce((sum, span) => sum + span[key], 0) / nanoseconds : 0);
        return {
          kernel,
          dispatches: spans.length,
          milliseconds: nanoseconds / 1e6,
          share: all > 0 ? nanoseconds / all : 0,
          gflops: per("flops"),
          gigabytes: per("bytes"),
        };
      })
      .sort((a, b) => b.milliseconds - a.milliseconds);
  }

  /** The profile as a plain-text table. */
  table(): string {
    const head = ["kernel", "dispatches", "ms", "share", "GFLOP/s", "GB/s"];
    const rows = this.totals().map((row) => [
      row.kernel,
      String(row.dispatches),
      row.milliseconds.toFixed(2),
      `${(row.share * 100).toFixed(1)}%`,
      row.gflops.toFixed(2),
      row.gigabytes.toFixed(2),
    ]);
    const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] as string).length)));
    const line = (cells: readonly string[]) =>
      cells.map((cell, column) => (column ? cell.padStart(widths[column] as number) : cell.padEnd(widths[column] as number))).join("  ");
    return [line(head), ...rows.map(line)].join("\n");
  }

  /** A trace in Chrome's trace event format: Perfetto and Chrome's performance panel open it. Times in microseconds. */
  trace(): { traceEvents: object[]; displayTimeUnit: "ns" } {
    const names = [
      { name: "process_name", ph: "M", pid: 1, args: { name: this.#engine.adapter.description || "GPU" } },
      { name: "thread_name", ph: "M", pid: 1, tid: 1, args: { name: "compute passes" } },
    ];
    const events = this.spans.map(({ plan, kernel, label, start, end, flops, bytes }) => ({
      name: label,
      cat: kernel,
      ph: "X",
      pid: 1,
      tid: 1,
      ts: start / 1e3,
      dur: (end - start) / 1e3,
      args: { plan, kernel, flops, bytes },
    }));
    return { traceEvents: [...names, ...events], displayTimeUnit: "ns" };
  }

  dispose(): void {
    this.#queries.destroy();
    this.#engine.release(this.#resolved);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
