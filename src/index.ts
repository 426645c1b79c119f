/**
 * Explaining photos. What no face exports is private; the others are `relabel/` and the name of a file in faces/.
 *
 * @module relabel
 */
export type { Fit, Rectangle } from "./classify/fit.ts";
export type { Classifier, ModelOptions, ReadWeights } from "./classify/model.ts";
export type { GivenPhoto, OpenedPhoto } from "./classify/opened-photo.ts";
export type { Outputs } from "./classify/outputs.ts";
export type { Photo } from "./classify/photo.ts";
export type { PhotoSource } from "./classify/photo-sources.ts";
export type { AdapterInfo } from "./engine/adapter.ts";
export { EngineError } from "./engine/errors.ts";
export type { Profile } from "./engine/profile.ts";
export type { PreprocessingVerdict } from "./explain/compare-preprocessing.ts";
export { type DrawOptions, draw } from "./explain/draw.ts";
export {
  DEFAULT_FILL,
  DEFAULT_SAMPLES,
  type ExplainOptions,
  FILLS,
  type Fill,
  GATES,
  type Gates,
  MAX_SAMPLES,
  type RelabelOptions,
  SOFTWARE_SAMPLES,
  STUDENTS,
  type StudentName,
  SYNTHESES,
  type Synthesis,
} from "./explain/explain-options.ts";
export type { Explanation } from "./explain/explanation.ts";
export type { ClassifierSizes, MethodDefinition, MethodRequest, MethodResult, Parameter, SettledParameters } from "./explain/method.ts";
export { DEFAULT_METHOD, findMethod, METHODS, type Method } from "./explain/methods.ts";
export { type OverlayOptions, overlay, overlayColour, overlayScale } from "./explain/overlay.ts";
export type { ClassScore, Prediction } from "./explain/prediction.ts";
export type { Progress } from "./explain/progress.ts";
export { Session } from "./explain/session.ts";
export type { OpenedBySession, PhotoOfSession, Refusal, SessionInterface } from "./explain/session-interface.ts";
export type { SessionOptions } from "./explain/session-state.ts";
export type { TuneOptions, Tuning, TuningReport, TuningStore } from "./explain/tuning.ts";
export type { Channels, Colour, Filter, InputSpec, Resize } from "./nets/input-spec.ts";
export type { NonFinite } from "./nets/non-finite.ts";
export type { ByteSource, BytesInput } from "./nets/weights/bytes.ts";
export type { DownloadOptions, DownloadProgress, RemoteFile } from "./nets/weights/download-options.ts";
export type { TensorValues } from "./nets/weights/encode-safetensors.ts";
export type { ShardedInput, WeightsInput } from "./nets/weights/open-weights.ts";
export type { Precision } from "./ops/packed-weights.ts";
