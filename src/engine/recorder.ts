/** The interface through which the engine tells the profiler what happens, without importing it. */

/** What a recorder is told of a dispatch. */
export interface RecordedStep {
  readonly definition: { readonly name: string };
  readonly label: string;
  readonly flops: number;
  readonly bytes: number;
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
}
