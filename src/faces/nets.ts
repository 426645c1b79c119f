/**
 * Describing a net, reading its weights and labels, and running it on the GPU; the nets that are known by name.
 *
 * @module relabel/nets
 */

export { describeIgnored } from "../classify/describe-ignored.ts";
export { labelsOfConfig, parseLabels } from "../classify/labels-file.ts";
export { type RecognisedWeights, recogniseTeacher } from "../classify/match-weights.ts";
export type { OnnxInput } from "../classify/model.ts";
export { type OnnxClassifier, openOnnx } from "../classify/onnx-classifier.ts";
export { PREPROCESSINGS, type Preprocessing } from "../classify/preprocessing.ts";
export type { Node, Shape } from "../graph/graph.ts";
export { Net } from "../nets/net.ts";
export { type ByteSource, type BytesInput, openBytes } from "../nets/weights/bytes.ts";
export { deleteKept, type KeptFile, listKept, openKept } from "../nets/weights/kept-files.ts";
export { openWeights, type ShardedInput, type WeightsInput } from "../nets/weights/open-weights.ts";
export { Safetensors } from "../nets/weights/safetensors.ts";
export { readIndex } from "../nets/weights/shard-index.ts";
export { GraphBuilder } from "../ops/builder.ts";
export type { ConvOptions } from "../ops/convolution.ts";
export type { Precision } from "../ops/packed-weights.ts";
export type { WeightSource } from "../ops/weight-source.ts";
export { findClass } from "../zoo/find-class.ts";
export { findHubFile, HUB, type HubDownload, type HubPath } from "../zoo/hub.ts";
export { CLASSES } from "../zoo/imagenet.ts";
export { type Labels, labelsOf } from "../zoo/labels.ts";
export { findTeacher, type HubFile, TEACHERS, type TeacherDefinition } from "../zoo/teachers.ts";
