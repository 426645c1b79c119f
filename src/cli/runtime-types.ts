/** What commands can ask of a runtime, be it Chrome or Node. */
import type {
  AdapterInfo,
  Ceilings,
  CheckOptions,
  CheckReport,
  Composite,
  Embedding,
  EmbedOptions,
  EvaluateOptions,
  Evaluation,
  ExplainOptions,
  Explanation,
  NonFinite,
  OpenedPhoto,
  Photo,
  PlantOptions,
  Prediction,
  Session,
  SessionOptions,
  TuneOptions,
  TuningReport,
  TuningStore,
} from "../faces/all.ts";
import type { WeightsFiles } from "./locate.ts";

export const RUNTIMES = ["chrome", "node"] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

export type SessionSettings = Pick<SessionOptions, "batch" | "memory" | "precision" | "activations" | "input" | "labels" | "outputs">;

export interface RuntimeOptions extends SessionSettings {
  weights: WeightsFiles;
  tuning: TuningStore | undefined;
  /** Receives a line for the user where setting up takes long, such as an installation. */
  notify: (line: string) => void;
}

export interface ClassifySettings {
  top?: number;
  profile?: boolean;
}

/** A photo, or what `Runtime.open` made of one. */
export type RuntimePhoto = Photo | OpenedPhoto;

/** The other photo as its pixels, which a page can be sent. */
export type EvaluateSettings = Omit<EvaluateOptions, "other"> & { other?: Photo | undefined };

export type Layers = Session["layers"];

/** Where the engine runs: one open session, in Chrome or in this process. Its methods throw what `Session` throws. */
export interface Runtime {
  /** The browser or Node, with its version. */
  readonly name: string;
  readonly adapter: AdapterInfo;
  readonly teacher: string;
  /** A name for every class. */
  readonly labels: readonly string[];
  /** What `Session.layers` is. */
  readonly layers: Layers;
  /** See `Session.open`; of several such photos the one used last is kept. */
  open(photo: Photo, signal: AbortSignal): Promise<RuntimePhoto>;
  classify(photo: RuntimePhoto, settings: ClassifySettings, signal: AbortSignal): Promise<Prediction>;
  findNonFinite(photo: RuntimePhoto, signal: AbortSignal): Promise<NonFinite | undefined>;
  explain(photo: RuntimePhoto, options: ExplainOptions): Promise<Explanation>;
  evaluate(photo: RuntimePhoto, maps: Readonly<Record<string, Float32Array>>, options: EvaluateSettings): Promise<Evaluation>;
  plant(photo: Photo, ground: Photo, options: PlantOptions): Promise<Composite>;
  check(photo: RuntimePhoto, options: CheckOptions): Promise<CheckReport>;
  embed(photo: RuntimePhoto, options: EmbedOptions): Promise<Embedding>;
  measureCeilings(): Promise<Ceilings>;
  tune(options: TuneOptions): Promise<TuningReport>;
  close(): Promise<void>;
}
