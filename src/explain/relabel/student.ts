/** What re-label distillation asks of a student, and the memory that each takes. */
import { readoutBytes } from "../../classify/batch.ts";
import type { RunOptions } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { InputSpec } from "../../nets/input-spec.ts";
import type { Settings } from "../explain-options.ts";

/** Labels of the plans that are the student's work. */
export const STUDENT_PLANS: readonly string[] = ["observe", "distil"];

/** Samples of a block: balanced gates are complete after 64 pairs, before which cells cannot be told apart. Halves are every other block. */
export const BLOCK = 128;

/** How many of the samples are of blocks 0, 2, 4..., and of the others. */
export function halvesOf(samples: number): [first: number, second: number] {
  const rest = samples % (2 * BLOCK);
  const first = (samples - rest) / 2 + Math.min(rest, BLOCK);
  return [first, samples - first];
}

/** A linear model that imitates the teacher's labels on the synthetic images; its weights are the map (Hua et al., eq. 1). */
export interface Student {
  /**
   * The weights: cells x cells of gates, or pixels x 4 of image weights.
   */
  readonly weights: Tensor;
  readonly cells: number;
  readonly channels: 1 | 4;
  /** Smoothing of the finished map, in pixels of 224; 0 for none. */
  readonly blur: number;
  /** Takes in the batch whose gates or decoded images were just drawn: `count` samples whose labels start at `row`. */
  observe(row: number, count: number, options: RunOptions): Promise<void>;
  /** Fits the weights to the first `samples` samples. `final`: with every choice made anew, else quickly. */
  fit(samples: number, final: boolean, options: RunOptions): Promise<void>;
  /** Whether a fit before the last sample is cheap and leaves the student able to go on. */
  readonly anytime: boolean;
  /** The student's score of each of the first `samples` samples, after a fit. */
  scores(samples: number, options: RunOptions): Promise<Float32Array>;
  /** The weights of two students that each saw half of the samples, after a fit; of students that can tell at little cost. */
  halves?(samples: number, options: RunOptions): Promise<[Float32Array, Float32Array]>;
  /** What the fit found out, for the record. */
  facts(): Promise<Record<string, number>>;
  dispose(): void;
}

/** What a smooth student takes: 27 systems of 448 unknowns, moments and prior directions; and what the one that sums gates takes, with a batch of them. */
const SMOOTH_BYTES = 32e6;
const SUMS_BYTES = 1.7e6;
/** Samples that padding to a batch and to blocks may add. */
const PADDING = 320;

/** An upper bound of the bytes that a student takes, without the synthesizer, from the first sample to the finished map. */
export function studentMemory({ student, synthesis, samples, sgd }: Settings, input: InputSpec): number {
  if (student === "smooth") return SMOOTH_BYTES + readoutBytes(input);
  if (student === "correlation" && synthesis === "gated") return SUMS_BYTES + 4 * samples + readoutBytes(input);
  const rows = samples + PADDING;
  const columns = synthesis === "gated" ? 32 * 32 : 64 * 64 * 4;
  const matrices = student === "ridge" ? 2 : student === "sgd" && sgd.form === "dual" ? 1 : 0;
  const order = student === "sgd" ? sgd.epochs * rows : 0;
  return 4 * (rows * columns + matrices * rows * rows + order) + readoutBytes(input);
}
