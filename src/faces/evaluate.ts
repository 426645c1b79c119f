/**
 * Scores of maps, checks of methods, and synthetic images in the plane.
 *
 * @module relabel/evaluate
 */
export type { CausalScores, Curve } from "../evaluate/causal.ts";
export type { CurvePictures } from "../evaluate/curve-pictures.ts";
export { type CurveOptions, drawCurves, evaluate } from "../evaluate/evaluate.ts";
export type { EvaluateOptions, Evaluation, EvaluationProgress } from "../evaluate/evaluator.ts";
export { type Truth, truth } from "../evaluate/known-part.ts";
export type { Form, MeasureDefinition, Metric, MetricDefinition, MetricRequest, MetricResult } from "../evaluate/metric.ts";
export { DEFAULT_METRIC, type MapEvaluation, METRICS, type MetricName } from "../evaluate/metrics.ts";
export { type Composite, type PlantOptions, plant } from "../evaluate/planted.ts";
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
