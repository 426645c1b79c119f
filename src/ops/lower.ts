import type { PlanBuilder } from "../engine/plan.ts";
import { roundUp, type Tensor } from "../engine/tensor.ts";
import { type FusedOp, isDenseConv, isStem } from "../graph/fuse.ts";
import type { Node, NodeOf, Shape } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { appendDense } from "./dense/dense.ts";
import { bounds, type DenseLayer } from "./dense/dense-layer.ts";
import type { PackedWeights, Precision, WeightPart } from "./pack.ts";

const POOL_MODES = { max: 0, inside: 1, whole: 2 };

/** How the kernels of pooling number what they compute. */
export function poolMode({ mode, countPadding }: NodeOf<"pool">): number {
  if (mode === "max") return POOL_MODES.max;
  return countPadding ? POOL_MODES.whole : POOL_MODES.inside;
}

/** A kernel's worth of nodes with its weights on the GPU. */
export interface LoweredOp extends FusedOp {
  weights?: PackedWeights;
}

/** Tensors of the nodes that have been computed. */
export type Values = ReadonlyMap<Node, Tensor>;

/** NHWC shape of a batch, channels padded to 4. */
export function tensorShape(batch: number, [height, width, channels]: Shape): number[] {
  return [batch, height, width, roundUp(channels, 4)];
}

/** Vec4s of the padded channels. */
export const vectors = (channels: number) => roundUp(channels, 4) / 4;

/** Appends the kernel of an op to a plan. `values`: the tensors of the nodes before it. */
export function appendOp(plan: PlanBuilder, batch: number, op: LoweredOp, values: Values, out: Tensor, precision: Precision): void {
  const { node } = op;
  const image = values.get(node.inputs[0] as Node) as Tensor;
  switch (node.op) {
    case "conv":
      if (node.depthwise) appendDepthwise(plan, batch, op, node, image, out);
      else if (isStem(node)) appendStem(plan, batch, op, node, image, out);
      else appendDenseOp(plan, batch, op, values, out, precision);
      break;
    case "linear":
      appendDenseOp(plan, batch, op, values, out, precision);
      break;
    case "add":
      appendAdd(plan, batch, op, image, values.get(node.inputs[1] as Node) as Tensor, out);
      break;
    case "pool":
      appendPool(plan, batch, node, image, out);
      break;
    case "globalPool":
      appendGlobalPool(plan, batch, (node.inputs[0] as Node).shape, image, out);
      break;
    case "upsample":
      appendUpsample(plan, batch, node, image, out);
      break;
    default:
      throw new Error(`No kernel computes ${node.op}.`);
  }
}

function appendDenseOp(plan: PlanBuilder, batch: number, op: LoweredOp, values: Values, out: Tensor, precision: Precision): void {
  const layer = denseLayer(batch, op) as DenseLayer;
  const image = values.get(op.node.inputs[0] as Node) as Tensor;
  const residual = op.residual && values.get(op.residual);
  appendDense(plan, layer, { image, weights: op.weights as PackedWeights, residual, out }, precision);
}

/** The op as a dense layer of a batch; undefined where it is none. */
export function denseLayer(batch: number, op: FusedOp): DenseLayer | undefined {
  const { node } = op;
  if (node.op === "linear") return linearLayer(batch, op, node);
  return isDenseConv(node) ? convLayer(batch, op, node) : undefined;
}

function convLayer(batch: number, op: FusedOp, node: NodeOf<"conv">): DenseLayer {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const [outHeight, outWidth, outputs] = node.shape;
  const { key: label, kernel, stride, pad } = node;
  return {
    ...{ label, batch, height, width, outHeight, outWidth, kernel, stride, pad },
    ...{ channels4: vectors(channels), outputs4: vectors(outputs), ...bounds(op.activation) },
    flops: 2 * batch * outHeight * outWidth * outputs * kernel ** 2 * channels,
  };
}

/** A 1x1 convolution of an image of one pixel. */
function linearLayer(batch: number, op: FusedOp, node: NodeOf<"linear">): DenseLayer {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const [outHeight, outWidth, outputs] = node.shape;
  return {
    ...{ label: node.key, batch, height: 1, width: 1, outHeight: 1, outWidth: 1, kernel: 1, stride: 1, pad: [0, 0] },
    channels4: height * width * vectors(channels),
    outputs4: outHeight * outWidth * vectors(outputs),
    ...bounds(op.activation),
    flops: 2 * batch * height * width * channels * outHeight * outWidth * outputs,
  };
}

/** A thread for every vec4 of a tensor, in lines that no grid's limit forbids. */
export function inLines(vectors: number): { vectors: number; line: number; threads: [number, number] } {
  const line = Math.min(vectors, 65536);
  return { vectors, line, threads: [line, Math.ceil(vectors / line)] };
}

/** What the kernels of other convolutions and of pooling take of their shapes. */
export function sizes(batch: number, node: Node) {
  const [height, width] = (node.inputs[0] as Node).shape;
  const [out_height, out_width] = node.shape;
  return { lines: batch * out_height, height, width, out_height, out_width };
}

export function windowOf({ kernel, stride, pad: [pad_top, pad_left] }: NodeOf<"conv">) {
  return { kernel_y: kernel, kernel_x: kernel, stride, pad_top, pad_left };
}

function appendDepthwise(plan: PlanBuilder, batch: number, op: LoweredOp, node: NodeOf<"conv">, image: Tensor, out: Tensor): void {
  const [outHeight, outWidth, channels] = node.shape;
  const { parts, bias } = op.weights as PackedWeights;
  const [{ matrix }] = parts as [WeightPart];
  const lines = batch * outHeight;
  plan.dispatch(kernels.depthwise, {
    label: node.key,
    bindings: { image, weights: matrix, bias, out },
    uniforms: { ...sizes(batch, node), channels4: vectors(channels), ...windowOf(node), ...bounds(op.activation) },
    threads: [vectors(channels), Math.ceil(outWidth / kernels.depthwise.constants.TILE_PIXELS), lines],
    flops: 2 * lines * outWidth * channels * node.kernel ** 2,
  });
}

function appendStem(plan: PlanBuilder, batch: number, op: LoweredOp, node: NodeOf<"conv">, image: Tensor, out: Tensor): void {
  const { TILE_COLUMNS, TILE_PIXELS } = kernels.convStem.constants;
  const [outHeight, outWidth, outputs] = node.shape;
  const { parts, bias } = op.weights as PackedWeights;
  const [{ matrix }] = parts as [WeightPart];
  const lines = batch * outHeight;
  plan.dispatch(kernels.convStem, {
    label: node.key,
    bindings: { image, weights: matrix, bias, out },
    uniforms: { ...sizes(batch, node), columns4: vectors(outputs), ...windowOf(node), ...bounds(op.activation) },
    threads: [Math.ceil(vectors(outputs) / TILE_COLUMNS), Math.ceil(outWidth / TILE_PIXELS), lines],
    flops: 2 * lines * outWidth * outputs * node.kernel ** 2 * 3,
  });
}

function appendAdd(plan: PlanBuilder, batch: number, op: FusedOp, a: Tensor, b: Tensor, out: Tensor): void {
  const [height, width, channels] = op.node.shape;
  const { threads, ...lines } = inLines(batch * height * width * vectors(channels));
  plan.dispatch(kernels.add, { bindings: { a, b, out }, uniforms: { ...lines, ...bounds(op.activation) }, threads });
}

function appendPool(plan: PlanBuilder, batch: number, node: NodeOf<"pool">, image: Tensor, out: Tensor): void {
  const [outHeight, outWidth, channels] = node.shape;
  const lines = batch * outHeight;
  const { window, stride, pad } = node;
  plan.dispatch(kernels.pool, {
    label: node.label,
    bindings: { image, out },
    uniforms: { ...sizes(batch, node), channels4: vectors(channels), window, stride, pad, mode: poolMode(node) },
    threads: [vectors(channels), outWidth, lines],
    flops: lines * outWidth * channels * window ** 2,
  });
}

/** The mean over all positions of every channel of images of a shape. */
export function appendGlobalPool(plan: PlanBuilder, batch: number, [height, width, channels]: Shape, image: Tensor, out: Tensor): void {
  plan.dispatch(kernels.globalPool, {
    bindings: { image, out },
    uniforms: { batch, pixels: height * width, channels4: vectors(channels) },
    threads: [vectors(channels), batch],
    flops: batch * height * width * channels,
  });
}

function appendUpsample(plan: PlanBuilder, batch: number, node: Node, image: Tensor, out: Tensor): void {
  const [outHeight, outWidth, channels] = node.shape;
  const lines = batch * outHeight;
  plan.dispatch(kernels.upsample, {
    bindings: { image, out },
    uniforms: { ...sizes(batch, node), channels4: vectors(channels) },
    threads: [vectors(channels), outWidth, lines],
    flops: lines * outWidth * channels * 8,
  });
}
