/** All faces at once, for the command line, the page and the benchmarks. What embedders import is in index.ts and its neighbours here. */
export type { Classifier, ModelOptions, ReadWeights } from "../classify/classifier.ts";
export { appendNormalise } from "../classify/compose.ts";
export type { Move } from "../classify/labeller.ts";
export { fitConfigLabels, labelsOfConfig, parseLabels } from "../classify/labels-file.ts";
export { describeIgnored, type RecognisedWeights, recogniseTeacher } from "../classify/match-weights.ts";
export type { OpenedPhoto } from "../classify/opened-photo.ts";
export { OUTPUTS, type Outputs, outputsOf } from "../classify/outputs.ts";
export type { Fit, Photo } from "../classify/photo.ts";
export { type AdapterInfo, adapterName } from "../engine/adapter.ts";
export type { Ceilings } from "../engine/ceilings.ts";
export { EngineError } from "../engine/errors.ts";
export { type Plan, PlanBuilder } from "../engine/plan.ts";
export { type Account, accountFor, alignClocks, type Profile, type Total, totalsBy } from "../engine/profile.ts";
export { pcg4d } from "../engine/random.ts";
export type { Tensor } from "../engine/tensor.ts";
export { traceOf } from "../engine/trace.ts";
export type { CausalScores, Curve } from "../evaluate/causal.ts";
export { evaluate } from "../evaluate/evaluate.ts";
export type {
  EvaluateOptions,
  Evaluation,
  EvaluationProgress,
} from "../evaluate/evaluator.ts";
export type { Form, MeasureDefinition, Metric, MetricDefinition, MetricRequest, MetricResult } from "../evaluate/metric.ts";
export { DEFAULT_METRIC, type MapEvaluation, METRICS, type MetricName } from "../evaluate/metrics.ts";
export { type Box, type Pointing, pointingGame } from "../evaluate/pointing.ts";
export { findProtocol, PROTOCOLS, type Protocol } from "../evaluate/protocols.ts";
export { uploadRanks } from "../evaluate/ranks.ts";
export { RESULTS } from "../evaluate/results.ts";
export { CHECKS, type Check, type CheckOptions, type CheckProgress, type CheckReport, check } from "../evaluate/sanity-checks.ts";
export type { Scorer } from "../evaluate/scorer.ts";
export type { Estimate } from "../evaluate/statistics.ts";
export { type Estimates, MEASURES, type Measure, measuresOf } from "../evaluate/summary.ts";
export { type ExplainedMap, meanCurves, type PhotoScores, type Table, type TableRow, tabulate } from "../evaluate/table.ts";
export { type Embedding, type EmbedOptions, embed } from "../evaluate/tsne/embedding.ts";
export { checkPerplexity } from "../evaluate/tsne/tsne.ts";
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
} from "../explain/explain-options.ts";
export type { Explanation } from "../explain/explanation.ts";
export type { MethodDefinition, MethodRequest, MethodResult, Parameter, SettledParameters } from "../explain/method.ts";
export { type Choice, choose, DEFAULT_METHOD, findMethod, METHODS, type Method } from "../explain/methods.ts";
export { overlay, overlayColour, overlayScale } from "../explain/overlay.ts";
export { nothingToShow, type Perturbation, perturb } from "../explain/perturb/perturbation.ts";
export type { ClassScore, Prediction } from "../explain/prediction.ts";
export type { Progress } from "../explain/progress.ts";
export { STUDENT_PLANS } from "../explain/relabel/student.ts";
export { DESCRIPTIONS, type Description } from "../explain/relabel/synthetic-images.ts";
export { Session } from "../explain/session.ts";
export { type SessionOptions, VAE_FILE } from "../explain/session-state.ts";
export { asTuning, type TuneOptions, type Tuning, type TuningReport, type TuningStore } from "../explain/tuning.ts";
export type { Node, Shape } from "../graph/graph.ts";
export {
  CHANNELS,
  type Channels,
  type Colour,
  FILTERS,
  type Filter,
  type InputSpec,
  imageShape,
  inputOf,
  LUMA,
  pixelUnit,
  RESIZES,
  type Resize,
  type Size,
  settleInput,
  sizeConstants,
} from "../nets/input-spec.ts";
export { parseColour, parseSize } from "../nets/input-text.ts";
export { savedShare, type TunedLayer } from "../nets/measure-variants.ts";
export type { NonFinite } from "../nets/non-finite.ts";
export { type ByteSource, type BytesInput, openBytes } from "../nets/weights/bytes.ts";
export type { TensorValues } from "../nets/weights/encode-safetensors.ts";
export type { ShardedInput, WeightsInput } from "../nets/weights/open-weights.ts";
export { readIndex } from "../nets/weights/shard-index.ts";
export { GraphBuilder } from "../ops/builder.ts";
export type { ConvOptions } from "../ops/convolution.ts";
export type { Precision } from "../ops/packed-weights.ts";
export type { KernelDefinition } from "../shaders/definition.ts";
export { findClass } from "../zoo/find-class.ts";
export { type Authority, findHubFile, HUB, type HubDownload, type HubPath, holdToEarlier, pinned } from "../zoo/hub.ts";
export { CLASSES } from "../zoo/imagenet.ts";
export { type Labels, labelsOf } from "../zoo/labels.ts";
export { type HubFile, TEACHERS, type TeacherDefinition } from "../zoo/teachers.ts";
