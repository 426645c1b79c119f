/** What tuning finds out, in a form that can be kept, and for which machine it holds. */
import type { Engine } from "../engine/engine.ts";
import type { TunedLayer } from "../nets/measure-variants.ts";
import { describePrecision, type Precision } from "../ops/packed-weights.ts";

/** What tuning found on one adapter for one teacher: plain JSON, to be kept by a store. */
export interface Tuning {
  /** Names of layers' shapes and batches, and of the way to compute each that was the fastest. */
  choices: Record<string, string>;
  /** Share in [0, 1) of the time of the teacher's dense layers that this saves, at the batches measured last. */
  saved: number;
}

/** Where tunings are kept, such as a file or IndexedDB. What its methods throw, the session's throw. */
export interface TuningStore {
  /** What was saved under this key last; anything that is no tuning counts as none. */
  load(key: string): Promise<Tuning | undefined>;
  /** Keeps a tuning under this key, in place of an earlier one. */
  save(key: string, tuning: Tuning): Promise<void>;
}

/** How to tune. */
export interface TuneOptions {
  /** Images that the teacher sees at once in an explanation; as many as the session would take by default. */
  batch?: number;
  signal?: AbortSignal;
  /** Hears how many of the teacher's distinct layers have been measured. */
  onProgress?: (progress: { done: number; total: number }) => void;
}

export interface TuningReport extends Tuning {
  /** Every distinct dense layer, at every batch, with the times that were measured. */
  layers: TunedLayer[];
}

/** Raised where kernels or their choice change, so that what was measured before counts no more. */
const FORMAT = 2;

/** What a tuning holds for: the adapter, whatever runs the engine, the engine's format, the teacher and how its weights and values are kept. */
export function tuningKey({ device, lanes }: Engine, teacher: string, precision: Precision, activations: Precision): string {
  const { vendor, architecture, device: name, description } = device.adapterInfo;
  const runtime = globalThis.navigator?.userAgent ?? "";
  return [FORMAT, vendor, architecture, name, description, lanes ?? "", runtime, teacher, describePrecision(precision, activations)].join(
    "|",
  );
}

/** The value where it is a tuning; a store may hold anything. */
export function asTuning(value: unknown): Tuning | undefined {
  const { choices, saved } = (value ?? {}) as Partial<Tuning>;
  if (!choices || typeof choices !== "object" || Array.isArray(choices)) return undefined;
  if (typeof saved !== "number" || !(saved >= 0 && saved < 1)) return undefined;
  return Object.values(choices).every((choice) => typeof choice === "string") ? { choices, saved } : undefined;
}
