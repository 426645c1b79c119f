/** The public face: what is not exported here is private. */
export type { Classifier, ModelOptions, ReadWeights } from "./classify/classifier.ts";
export { fitConfigLabels, labelsOfConfig, parseLabels } from "./classify/labels-file.ts";
export { describeIgnored, type RecognisedWeights, recogniseTeacher } from "./classify/match-weights.ts";
export { OUTPUTS, type Outputs, outputsOf } from "./classify/outputs.ts";

export type { Fit, Photo } from "./classify/photo.ts";
export { type AdapterInfo, adapterName } from "./engine/adapter.ts";
export type { Ceilings } from "./engine/ceilings.ts";
export { EngineError } from "./engine/errors.ts";
export { type Account, accountFor, alignClocks, type Profile, type Total, totalsBy } from "./engine/profile.ts";
export { traceOf } from "./engine/trace.ts";
export type { CausalScores, Curve } from "./evaluate/causal.ts";
export { evaluate } from "./evaluate/evaluate.ts";
export {
  type EvaluateOptions,
  type Evaluation,
  type EvaluationProgress,
  type MapEvaluation,
  METRICS,
  type Metric,
} from "./evaluate/evaluator.ts";
export { type Box, type Pointing, pointingGame } from "./evaluate/pointing.ts";
export { findProtocol, PROTOCOLS, type Protocol } from "./evaluate/protocols.ts";
export { RESULTS } from "./evaluate/results.ts";
export { CHECKS, type Check, type CheckOptions, type CheckProgress, type CheckReport, check } from "./evaluate/sanity-checks.ts";
export type { Estimate } from "./evaluate/statistics.ts";
export { type Estimates, MEASURES, type Measure } from "./evaluate/summary.ts";
export { type ExplainedMap, meanCurves, type PhotoScores, type Table, type TableRow, tabulate } from "./evaluate/table.ts";
export { type Embedding, type EmbedOptions, embed } from "./evaluate/tsne/embedding.ts";
export { checkPerplexity } from "./evaluate/tsne/tsne.ts";
export {
  DEFAULT_FILL,
  DEFAULT_SAMPLES,
  type ExplainOptions,
  FILLS,
  type Fill,
  GATES,
  type Gates,
  MAX_SAMPLES,
  type Progress,
  type RelabelOptions,
  SOFTWARE_SAMPLES,
  STUDENTS,
  type StudentName,
  SYNTHESES,
  type Synthesis,
} from "./explain/explain-options.ts";
export type { Explanation } from "./explain/explanation.ts";
export type { Parameter } from "./explain/method.ts";
export { type Choice, choose, DEFAULT_METHOD, findMethod, METHODS, type Method } from "./explain/methods.ts";
export { overlay, overlayColour, overlayScale } from "./explain/overlay.ts";
export type { ClassScore, Prediction } from "./explain/prediction.ts";
export { STUDENT_PLANS } from "./explain/relabel/student.ts";
export { DESCRIPTIONS, type Description } from "./explain/relabel/synthetic-images.ts";
export { Session } from "./explain/session.ts";
export { type SessionOptions, VAE_FILE } from "./explain/session-state.ts";
export { asTuning, type TuneOptions, type Tuning, type TuningReport, type TuningStore } from "./explain/tuning.ts";
export type { Node, Shape } from "./graph/graph.ts";
export {
  CHANNELS,
  type Channels,
  type Colour,
  FILTERS,
  type Filter,
  type InputSpec,
  inputOf,
  LUMA,
  RESIZES,
  type Resize,
  type Size,
  settleInput,
} from "./nets/input-spec.ts";
export { parseColour, parseSize } from "./nets/input-text.ts";
export { savedShare, type TunedLayer } from "./nets/measure-variants.ts";
export type { NonFinite } from "./nets/non-finite.ts";
export { type ByteSource, type BytesInput, openBytes } from "./nets/weights/bytes.ts";
export type { TensorValues } from "./nets/weights/encode-safetensors.ts";
export type { ShardedInput, WeightsInput } from "./nets/weights/open-weights.ts";
export { readIndex } from "./nets/weights/shard-index.ts";
export { GraphBuilder } from "./ops/builder.ts";
export type { ConvOptions } from "./ops/convolution.ts";
export type { Precision } from "./ops/packed-weights.ts";
export { CLASSES, findClass, labelsOf } from "./zoo/classes.ts";
export { type Authority, findHubFile, HUB, type HubDownload, type HubPath, holdToEarlier } from "./zoo/hub.ts";
export { type HubFile, TEACHERS, type TeacherDefinition } from "./zoo/teachers.ts";
