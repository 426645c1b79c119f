/** `relabel/nets`: describing a net, reading its weights, and running it on the GPU. */
export type { Node, Shape } from "../graph/graph.ts";
export { Net } from "../nets/net.ts";
export { type ByteSource, type BytesInput, openBytes } from "../nets/weights/bytes.ts";
export { openWeights, type ShardedInput, type WeightsInput } from "../nets/weights/open-weights.ts";
export { Safetensors } from "../nets/weights/safetensors.ts";
export { readIndex } from "../nets/weights/shard-index.ts";
export { GraphBuilder } from "../ops/builder.ts";
export type { ConvOptions } from "../ops/convolution.ts";
export type { Precision } from "../ops/packed-weights.ts";
export type { WeightSource } from "../ops/weight-source.ts";
export { findTeacher, TEACHERS, type TeacherDefinition } from "../zoo/teachers.ts";
