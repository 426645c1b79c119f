/** What a metric is: the interface that metrics of this project and from outside follow. */
import type { Tensor } from "../engine/tensor.ts";
import type { Parameter, SettledParameters } from "../explain/method.ts";
import type { Box } from "./pointing.ts";
import type { ScoreOptions, Scorer } from "./scorer.ts";

/**
 * The form of plain data, so that files of results can be checked when they are read. "count" is a whole number from 0 on; a name that ends in
 * "?" is of a field that may be absent.
 */
export type Form = "number" | "count" | "text" | "numbers" | "flags" | { readonly [field: string]: Form };

/** A number of a map's scores that is averaged over photos. */
export interface MeasureDefinition<S> {
  /** Unlike that of any other measure. */
  readonly name: string;
  /** Head of its column. */
  readonly title: string;
  readonly better: "lower" | "higher";
  /** The number, of the scores of one map; NaN where there is none. */
  of(scores: S): number;
}

/** What a metric is given; `P` are its settings, every choice made. */
export interface MetricRequest<P> extends ScoreOptions {
  /** Shows the photo, and scores images that are drawn from it. */
  readonly scorer: Scorer;
  /** Height x width each, one at least. */
  readonly maps: readonly ArrayLike<number>[];
  /** Index of the class that the maps explain. */
  readonly target: number;
  /** Another photo, as the scorer has the one that is judged: height x width x 4, normalised. Undefined where none was given. */
  readonly other?: Tensor | undefined;
  /** The part of the photo that is known to be the reason, where one is given. */
  readonly inside?: Box | undefined;
  readonly settings: P;
}

/** Plain data: the scores of every map, in the order of the maps, and in further fields what is the same for all of them. */
export interface MetricResult<S> {
  readonly maps: readonly S[];
}

/** A way to judge maps by the teacher's answers to changed photos. */
export interface MetricDefinition<P extends Record<string, Parameter>, S, R extends MetricResult<S>> {
  readonly name: string;
  readonly title: string;
  /** What it measures, in a line. */
  readonly what: string;
  readonly parameters: P;
  /** What it reads beside the photo and the maps: another photo, which may be missing, or the part that is known to be the reason. */
  readonly reads?: "other" | "inside";
  readonly measures: readonly MeasureDefinition<S>[];
  /** Of the scores of one map, and of what is the same for all maps; of metrics that are kept in files. */
  readonly forms?: { readonly scores: Form; readonly shared: Form };
  /** What must hold between scores and shared results, which forms cannot say. */
  readonly agreement?: { readonly what: string; holds(scores: S, shared: Omit<R, "maps">): boolean };
  /** Throws BAD_OPTION, ABORTED, OUT_OF_MEMORY, DEVICE_LOST. */
  run(request: MetricRequest<SettledParameters<P> & { seed: number }>): Promise<R>;
}

/** What of a metric does not depend on its parameters and its scores. */
// biome-ignore lint/suspicious/noExplicitAny: scores are the metric's own, and only its own functions read them.
export type Metric = MetricDefinition<Record<string, Parameter>, any, MetricResult<any>>;
