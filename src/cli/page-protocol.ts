/** What goes between the command line's process and its page in Chrome: JSON, with typed arrays as base64. */
import type {
  AdapterInfo,
  Ceilings,
  CheckOptions,
  CheckProgress,
  CheckReport,
  Composite,
  Embedding,
  EmbedOptions,
  EvaluateOptions,
  Evaluation,
  EvaluationProgress,
  ExplainOptions,
  Explanation,
  NonFinite,
  Photo,
  PlantOptions,
  Prediction,
  Progress,
  Tuning,
  TuningReport,
} from "../faces/all.ts";
import type { ClassifySettings, Layers, SessionSettings } from "./runtime-types.ts";

export interface WireError {
  message: string;
  fix: string | undefined;
  code: string | undefined;
}

export type Reply<T> = { value: T } | { error: WireError };

export type WirePrediction = Omit<Prediction, "logits" | "probabilities"> & { logits: string; probabilities: string };
export type WireExplanation = Omit<Explanation, "map" | "input"> & { map: string | undefined; input: string };
export type WireEmbedding = Omit<Embedding, "points" | "probabilities" | "choices" | "kept" | "thumbnails"> & {
  points: string;
  probabilities: string;
  choices: string;
  kept: string;
  thumbnails: string;
};
export type WireEmbedOptions = Omit<EmbedOptions, "signal" | "onProgress">;
/** The photo's bytes as base64. */
export type WireComposite = Omit<Composite, "photo"> & { photo: Omit<Photo, "data"> & { data: string } };
export type WirePlantOptions = Omit<PlantOptions, "signal">;
export type WireCheckOptions = Omit<CheckOptions, "signal" | "onProgress">;
export type WireProgress = Omit<Progress, "map">;
export type WireExplainOptions = Omit<ExplainOptions, "signal" | "onProgress">;
/** `other`: whether the page has another photo, which the metrics are to read. */
export type WireEvaluateOptions = Omit<EvaluateOptions, "signal" | "onProgress" | "other"> & { other: boolean };

/** A photo that the page fetches from `url`: RGBA bytes. */
export interface WirePhoto {
  width: number;
  height: number;
  url: string;
}

/** Stands for the photo that the page has opened last. */
export const OPENED = "opened";
export type PagePhoto = WirePhoto | typeof OPENED;

/** The teacher's weights: the file that the session asks for, what errors call it, and whether it is an index of shards or an ONNX model. */
export interface WireWeights {
  file: string;
  name: string;
  kind: "weights" | "index" | "onnx";
}

/** The page's functions that the process calls, at `globalThis.relabel`. */
export interface Host {
  /** `tuned`: whether the process keeps tunings. */
  open(
    options: SessionSettings & { model: string; weights: WireWeights; tuned: boolean },
  ): Promise<Reply<{ adapter: AdapterInfo; teacher: string; labels: readonly string[]; layers: Layers }>>;
  openPhoto(photo: WirePhoto): Promise<Reply<void>>;
  /** The other photo of calls that take two. */
  takeOther(photo: WirePhoto): Promise<Reply<void>>;
  classify(photo: PagePhoto, settings: ClassifySettings): Promise<Reply<WirePrediction>>;
  findNonFinite(photo: PagePhoto): Promise<Reply<NonFinite | undefined>>;
  explain(photo: PagePhoto, options: WireExplainOptions): Promise<Reply<WireExplanation>>;
  evaluate(photo: PagePhoto, maps: Record<string, string>, options: WireEvaluateOptions): Promise<Reply<Evaluation>>;
  /** On the other photo. */
  plant(photo: WirePhoto, options: WirePlantOptions): Promise<Reply<WireComposite>>;
  check(photo: PagePhoto, options: WireCheckOptions): Promise<Reply<CheckReport>>;
  embed(photo: PagePhoto, options: WireEmbedOptions): Promise<Reply<WireEmbedding>>;
  measureCeilings(): Promise<Reply<Ceilings>>;
  tune(): Promise<Reply<TuningReport>>;
  abort(): void;
}

/** The process's functions that the page calls. */
export type SendProgress = (progress: WireProgress) => void;
export type SendTuneProgress = (progress: { done: number; total: number }) => void;
export type SendEvaluateProgress = (progress: EvaluationProgress) => void;
export type SendCheckProgress = (progress: CheckProgress) => void;
export type LoadTuning = (key: string) => Promise<Tuning | undefined>;
export type SaveTuning = (key: string, tuning: Tuning) => Promise<void>;

/** Addresses relative to the page's. */
export const PHOTO_URL = "photo/";
const WEIGHTS_URL = "weights/";

export function weightsAddress(file: string): string {
  return WEIGHTS_URL + encodeURIComponent(file);
}
