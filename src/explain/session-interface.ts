/** What a session offers wherever it runs: in the page, or in a worker. */
import type { GivenPhoto, Shown } from "../classify/opened-photo.ts";
import type { Outputs } from "../classify/outputs.ts";
import type { Fit } from "../classify/photo.ts";
import type { PhotoSource } from "../classify/photo-sources.ts";
import type { AdapterInfo } from "../engine/adapter.ts";
import type { Ceilings } from "../engine/ceilings.ts";
import type { Shape } from "../graph/graph.ts";
import type { InputSpec } from "../nets/input-spec.ts";
import type { NonFinite } from "../nets/non-finite.ts";
import type { ExplainOptions } from "./explain-options.ts";
import type { Explanation } from "./explanation.ts";
import type { Prediction } from "./prediction.ts";
import type { TuneOptions, Tuning, TuningReport } from "./tuning.ts";

/** A photo that a session has opened: calls of that session take it in the photo's place. */
export type OpenedBySession = Shown;

/** What calls of a session take: a photo, or one that the session has opened. */
export type PhotoOfSession = PhotoSource | GivenPhoto | OpenedBySession;

/** Classifies and explains photos, one at a time. `Session` of `relabel` and of `relabel/worker` are two; the first says what each member does. */
export interface SessionInterface {
  readonly adapter: AdapterInfo;
  readonly teacher: string;
  readonly input: InputSpec;
  readonly outputs: Outputs;
  readonly ignored: readonly string[];
  readonly layers: { cam: string; layers: readonly { name: string; shape: Shape }[] };
  readonly labels: readonly string[];
  readonly tuning: Tuning | undefined;
  open(photo: PhotoSource, options?: { fit?: Fit | undefined; signal?: AbortSignal | undefined }): Promise<OpenedBySession>;
  classify(photo: PhotoOfSession, options?: { fit?: Fit; top?: number; profile?: boolean; signal?: AbortSignal }): Promise<Prediction>;
  findNonFinite(photo: PhotoOfSession, options?: { fit?: Fit; signal?: AbortSignal }): Promise<NonFinite | undefined>;
  measureCeilings(): Promise<Ceilings>;
  explain(photo: PhotoOfSession, options?: ExplainOptions): Promise<Explanation>;
  tune(options?: TuneOptions): Promise<TuningReport>;
  dispose(): void;
  [Symbol.dispose](): void;
}
