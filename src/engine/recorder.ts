/** The interface through which the engine tells the profiler what happens, without importing it. */
import type { Step } from "./dispatch.ts";

/** What a recorder is told of a dispatch: the same object whenever the plan runs it. */
export interface RecordedStep extends Omit<Step, "bindings"> {
  readonly pipeline: GPUComputePipeline;
  /** What it binds, by the numbers of its kernel's bindings: first storage, then uniforms if there are any. */
  readonly resources: readonly GPUBufferBinding[];
}

/** Follows what an engine's plans and the CPU do, while it is the engine's `profiler`. */
export interface Recorder {
  /** Notes that the recording of a submit begins. */
  beginSubmit(plan: string): void;
  /** The descriptor of the pass that holds the next dispatch. */
  pass(step: RecordedStep): GPUComputePassDescriptor;
  /** Appends the fetching of what is full to an encoder that is about to be submitted. */
  resolve(encoder: GPUCommandEncoder): void;
  /** Notes that the queue has the commands. */
  endSubmit(): void;
  /** Runs synchronous work of the CPU and notes its time. */
  work<T>(label: string, run: () => T): T;
  /** Waits for what is not the CPU's work, and notes how long. */
  wait<T>(label: string, run: () => Promise<T>): Promise<T>;
  /** Bytes of buffers that it holds for a replay after their users have released them. They count as free, and give way. */
  readonly held: number;
  /** Whether it holds this buffer, which its user releases, and will release it later. */
  holds(buffer: GPUBuffer): boolean;
  /** Releases what it holds, since others need the memory. */
  letGo(): void;
}
