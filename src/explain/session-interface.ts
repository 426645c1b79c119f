/** What a session offers wherever it runs: in the page, or in a worker. */

import type { Fit } from "../classify/fit.ts";
import type { GivenPhoto, Shown } from "../classify/opened-photo.ts";
import type { Outputs } from "../classify/outputs.ts";
import type { PhotoSource } from "../classify/photo-sources.ts";
import type { AdapterInfo } from "../engine/adapter.ts";
import type { Ceilings } from "../engine/ceilings.ts";
import type { Shape } from "../graph/graph.ts";
import type { InputSpec } from "../nets/input-spec.ts";
import type { NonFinite } from "../nets/non-finite.ts";
import type { PreprocessingVerdict } from "./compare-preprocessing.ts";
import type { ExplainOptions } from "./explain-options.ts";
import type { Explanation } from "./explanation.ts";
import type { Prediction } from "./prediction.ts";
import type { TuneOptions, Tuning, TuningReport } from "./tuning.ts";

/** Why something cannot be done, and what to do instead. */
export interface Refusal {
  readonly message: string;
  readonly fix: string;
}

/** A photo that a session has opened: calls of that session take it in the photo's place. */
export type OpenedBySession = Shown;

/** What calls of a session take: a photo, or one that the session has opened. */
export type PhotoOfSession = PhotoSource | GivenPhoto | OpenedBySession;

/** Classifies and explains photos, one at a time: what `Session` of `relabel` and that of `relabel/worker` share. */
export interface SessionInterface {
  /** The GPU, and whether it is a software adapter. */
  readonly adapter: AdapterInfo;
  /** Name of the classifier. */
  readonly teacher: string;
  /** How photos become the classifier's input. */
  readonly input: InputSpec;
  /** What the classifier's outputs mean. */
  readonly outputs: Outputs;
  /** Tensors of the weights file that are not the net's. */
  readonly ignored: readonly string[];
  /** The layers whose values methods can show, in order, with their shapes; `cam`: that of class activation maps. */
  readonly layers: { cam: string; layers: readonly { name: string; shape: Shape }[] };
  /** A name for every class. */
  readonly labels: readonly string[];
  /** What tuning found on this adapter; undefined where the usual kernels are taken. */
  readonly tuning: Tuning | undefined;
  /** Prepares a photo once for any number of calls, which take the outcome in the photo's place and classify it once. */
  open(photo: PhotoSource, options?: { fit?: Fit | undefined; signal?: AbortSignal | undefined }): Promise<OpenedBySession>;
  /** The classifier's verdict on a photo: its likeliest classes, all logits and probabilities. */
  classify(photo: PhotoOfSession, options?: { fit?: Fit; top?: number; profile?: boolean; signal?: AbortSignal }): Promise<Prediction>;
  /** Where in the classifier numbers first stop being finite for a photo; undefined where all are finite. */
  findNonFinite(photo: PhotoOfSession, options?: { fit?: Fit; signal?: AbortSignal }): Promise<NonFinite | undefined>;
  /** The likeliest classes of a photo under every usual preprocessing, so that one sees how the classifier was trained. */
  comparePreprocessing(photo: PhotoOfSession, options?: { signal?: AbortSignal }): Promise<PreprocessingVerdict[]>;
  /** What the adapter reaches at best, to hold a profile against; takes about two seconds. */
  measureCeilings(): Promise<Ceilings>;
  /** Explains the verdict on a photo, or the opinion of another class, by one of METHODS. */
  explain(photo: PhotoOfSession, options?: ExplainOptions): Promise<Explanation>;
  /** Why an explanation with these options cannot be made, such as by a method that is not defined for the classifier; undefined where it can. */
  findRefusal(options?: ExplainOptions): Promise<Refusal | undefined>;
  /** Finds the fastest kernels for this adapter and takes them from now on. Changes no result beyond rounding. */
  tune(options?: TuneOptions): Promise<TuningReport>;
  /** Frees everything; calls under way end with DISPOSED. */
  dispose(): void;
  [Symbol.dispose](): void;
}
