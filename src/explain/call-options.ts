/** Checks what calls are given before anything is done. */
import type { Fit } from "../classify/fit.ts";
import { checkNames, type Names } from "../engine/check-names.ts";
import { refuseOption } from "../engine/printable.ts";
import { checkInput } from "../nets/input-spec.ts";
import { checkPrecision } from "../ops/packed-weights.ts";
import type { ExplainOptions } from "./explain-options.ts";
import type { SessionOptions } from "./session-state.ts";
import type { TuneOptions } from "./tuning.ts";

/** The names that options of calls have. */
const CREATE = {
  ...{ model: 1, weights: 1, preprocess: 1, input: 1, labels: 1, outputs: 1, precision: 1, activations: 1, batch: 1, memory: 1, tuning: 1 },
  ...{ device: 1, gpu: 1, keep: 1, onProgress: 1, signal: 1, teacher: 0, readWeights: 0 },
} satisfies Names<SessionOptions>;
const LOOK = { fit: 1, signal: 1 } satisfies Names<{ fit?: Fit; signal?: AbortSignal }>;
/** Of explanations. */
export const EXPLAIN = {
  ...{ method: 1, parameters: 1, target: 1, seed: 1, fit: 1, profile: 1, signal: 1, onProgress: 1 },
  ...{ samples: 1, synthesis: 1, gates: 1, fill: 1, student: 1, noiseScale: 1, keep: 1, sgd: 1 },
} satisfies Names<ExplainOptions>;
const CALLS = {
  open: LOOK,
  findNonFinite: LOOK,
  comparePreprocessing: { signal: 1 } satisfies Names<{ signal?: AbortSignal }>,
  classify: { ...LOOK, ...({ top: 1, profile: 1 } satisfies Record<string, 1>) },
  tune: { batch: 1, signal: 1, onProgress: 1 } satisfies Names<TuneOptions>,
  explain: EXPLAIN,
};

/**
 * Throws BAD_OPTION where what every call takes is something else: options, a signal, a function for progress; or where `names` lacks a name
 * that is given. `what`: who takes the options.
 */
export function checkOptions(options: unknown, what: string, names: Readonly<Record<string, 0 | 1>>): void {
  checkNames(what, options, names);
  const { signal, onProgress } = options as { signal?: Partial<AbortSignal> | null; onProgress?: unknown };
  if (signal && typeof signal.throwIfAborted !== "function")
    refuseOption("call's signal is", signal, "Give the signal of an AbortController.");
  if (onProgress && typeof onProgress !== "function") refuseOption("call's onProgress is", onProgress, "Give a function.");
}

/** Throws BAD_OPTION for options that a session's method of this name cannot take. */
export function checkCall(name: keyof typeof CALLS, options: unknown): void {
  checkOptions(options, name, CALLS[name]);
}

/** Throws BAD_OPTION for options that Session.create cannot take. `others`: names of further ones. */
export function checkCreate(options: SessionOptions, others: Readonly<Record<string, 1>> = {}): void {
  checkOptions(options, "Session.create", { ...CREATE, ...others });
  const { input, precision, activations, tuning } = options;
  if (input !== undefined) checkInput(input);
  checkPrecision(precision);
  checkPrecision(activations, "activations are");
  if (tuning && !(typeof tuning.load === "function" && typeof tuning.save === "function"))
    refuseOption("tuning store is", tuning, "Give { load, save }, two functions.");
}
