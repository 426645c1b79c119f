/** Times dispatches once more, many at a time, where the GPU's clock is too coarse for single ones. */
import { groupRuns } from "./clock.ts";
import type { Engine } from "./engine.ts";
import { EngineError } from "./errors.ts";
import type { Span } from "./profile.ts";
import type { RecordedStep } from "./recorder.ts";
import { Stopwatch } from "./stopwatch.ts";

/** Dispatches that a pass may hold: on a fast GPU the shortest kernels take about 1 us. */
const MOST_RUNS = 1 << 15;

/** A distinct dispatch of the work, and the spans that show when it ran. */
export interface Repeatable {
  readonly step: RecordedStep;
  readonly spans: Span[];
}

/**
 * Keeps what distinct dispatches need to run again, until the work that is profiled has ended: their buffers are held when their users release
 * them. A dispatch is distinct by its plan's name, label, kernel, constants, grid, sizes of what it binds, and uniforms at first sight: a
 * plan that runs again with other uniforms has no new ones.
 */
export class Replay {
  readonly #engine: Engine;
  readonly #distinct = new Map<string, Repeatable>();
  readonly #known = new WeakMap<RecordedStep, Repeatable>();
  /** What distinct dispatches bind and is not released. */
  readonly #bound = new Set<GPUBuffer>();
  readonly #held = new Set<GPUBuffer>();
  #running = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** What stands for a dispatch that is about to run. */
  note(plan: string, step: RecordedStep): Repeatable {
    const known = this.#known.get(step);
    if (known) return known;
    const { label, definition, constants, groups, uniforms, resources } = step;
    const key = JSON.stringify([plan, label, definition.name, constants, groups, uniforms, resources.map(({ buffer }) => buffer.size)]);
    const same = this.#distinct.get(key);
    const repeatable = same ?? { step, spans: [] };
    this.#known.set(step, repeatable);
    if (same) return same;
    this.#distinct.set(key, repeatable);
    for (const { buffer } of resources) this.#bound.add(buffer);
    return repeatable;
  }

  /** Bytes of what is held. */
  get held(): number {
    return [...this.#held].reduce((sum, { size }) => sum + size, 0);
  }

  /** Whether a buffer that its user releases is held from now on. */
  holds(buffer: GPUBuffer): boolean {
    const needed = this.#bound.has(buffer);
    if (needed) this.#held.add(buffer);
    return needed;
  }

  /** Releases what is held; who needs the memory for a replay itself goes without. */
  letGo(): void {
    if (this.#running) return;
    for (const buffer of this.#held) {
      this.#bound.delete(buffer);
      this.#engine.release(buffer);
    }
    this.#held.clear();
  }

  /**
   * Runs every distinct dispatch whose buffers are still there so often in one pass that it takes `seconds`, and writes what one run took
   * into its spans. What a dispatch writes goes into copies. One that took so long in the work itself has been timed well enough, and keeps
   * that. Spans of dispatches for which memory is too short, or that take no time that the clock sees, are left as they are. Throws
   * DEVICE_LOST, DISPOSED.
   */
  async run(seconds: number): Promise<void> {
    this.#running = true;
    const stopwatch = new Stopwatch(this.#engine);
    try {
      for (const { step, spans } of this.#distinct.values()) {
        if (spans.every(({ start, end }) => end - start >= seconds * 1e9)) {
          for (const span of spans) span.replayed = span.end - span.start;
          continue;
        }
        if (!this.#isWhole(step)) continue;
        const taken = await this.#engine.guard(() => this.#time(stopwatch, step, seconds)).catch(undefinedWhereMemoryIsShort);
        if (taken) for (const span of spans) span.replayed = taken * 1e9;
      }
    } finally {
      stopwatch.dispose();
      this.#running = false;
    }
  }

  /** Whether all that it binds is still there, and what it writes can be copied. */
  #isWhole(step: RecordedStep): boolean {
    const copied = (buffer: GPUBuffer) => (buffer.usage & GPUBufferUsage.COPY_SRC) !== 0;
    return step.resources.every(({ buffer }, index) => this.#bound.has(buffer) && (!writes(step, index) || copied(buffer)));
  }

  /** Seconds of one run. */
  async #time(stopwatch: Stopwatch, step: RecordedStep, target: number): Promise<number> {
    const engine = this.#engine;
    const copies: GPUBuffer[] = [];
    try {
      const group = this.#bind(step, copies);
      const time = async (runs: number) => {
        const { gpu = 0 } = await stopwatch.time((pass) => {
          pass.setPipeline(step.pipeline);
          pass.setBindGroup(0, group);
          for (let run = 0; run < runs; run++) pass.dispatchWorkgroups(...step.groups);
        });
        return gpu;
      };
      const { runs, seconds } = await groupRuns(time, target, MOST_RUNS);
      return seconds / runs;
    } finally {
      for (const copy of copies) engine.release(copy);
    }
  }

  /** Binds copies of what the step writes, which are added to `copies`, and all else as it is. */
  #bind(step: RecordedStep, copies: GPUBuffer[]): GPUBindGroup {
    const engine = this.#engine;
    return engine.attempt("a replay", () => {
      const encoder = engine.device.createCommandEncoder({ label: "replay" });
      const entries = step.resources.map((resource, binding) => {
        if (!writes(step, binding)) return { binding, resource };
        const { buffer } = resource;
        const copy = engine.buffer(`replay ${step.label}`, buffer.size);
        copies.push(copy);
        encoder.copyBufferToBuffer(buffer, 0, copy, 0, buffer.size);
        return { binding, resource: { buffer: copy } };
      });
      engine.submit([encoder.finish()]);
      return engine.device.createBindGroup({ label: "replay", layout: step.pipeline.getBindGroupLayout(0), entries });
    });
  }
}

/** Whether a step may write what it binds at this number. */
function writes({ definition }: RecordedStep, binding: number): boolean {
  return Object.values(definition.bindings)[binding] === "read_write";
}

function undefinedWhereMemoryIsShort(error: unknown): undefined {
  if (!(error instanceof EngineError) || error.code !== "OUT_OF_MEMORY") throw error;
}
