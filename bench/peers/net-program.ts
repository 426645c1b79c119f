/** Makes the steps of a net from its description, fused as the engine fuses it. */
import type { FusedOp } from "../../src/graph/fuse.ts";
import type { Node, TensorRef } from "../../src/graph/graph.ts";
import type { AffineNode } from "../../src/ops/affine.ts";
import { isAveragePool } from "../../src/ops/average-pool.ts";
import type { BatchNormNode } from "../../src/ops/batch-norm.ts";
import { isConv } from "../../src/ops/conv.ts";
import type { ConvolutionNode } from "../../src/ops/convolution.ts";
import { isDepthwiseConv } from "../../src/ops/depthwise-conv.ts";
import type { LayerNormNode } from "../../src/ops/layer-norm.ts";
import { isLinear } from "../../src/ops/linear.ts";
import { isMaxPool } from "../../src/ops/max-pool.ts";
import { fuseNet } from "../../src/ops/operations.ts";
import type { PoolNode } from "../../src/ops/pooling.ts";
import type { ShuffleNode } from "../../src/ops/shuffle.ts";
import type { SliceNode } from "../../src/ops/slice.ts";
import type { NetSpec } from "./peer.ts";
import { allPads, type Base, type Floats, type Norm, type Pads, type Program, type Step } from "./program.ts";

/** Says in one sentence which layer is not part of the comparison, if there is one. */
export function netProgram(spec: NetSpec): Program | string {
  const steps: Step[] = [];
  for (const op of fuseNet(spec.nodes)) {
    const step = stepOf(spec, op);
    if (!step) return `${spec.name} has a layer that is not compared: ${op.node.label} (${op.node.op}).`;
    steps.push(step);
  }
  const inputs = spec.nodes.filter(({ inputs }) => inputs.length === 0);
  return {
    batch: spec.batch,
    inputs: inputs.map((node, which) => ({ name: nameOf(node), shape: node.shape, values: spec.inputs[which] as Floats })),
    steps,
  };
}

const nameOf = ({ index }: Node) => `v${index}`;

/** The op as the peers have it; undefined where they do not. */
function stepOf(spec: NetSpec, { node, norm, residual, activation, output }: FusedOp): Step | undefined {
  const [from, ...others] = node.inputs as [Node, ...Node[]];
  const { shape } = node;
  const base = {
    ...{ from: nameOf(from), out: nameOf(output), inShape: from.shape, shape, activation },
    residual: residual && nameOf(residual),
  };
  if (isConv(node) || isDepthwiseConv(node)) {
    const { kernel, stride, dilation, groups } = node;
    const pads = allPads(node, from.shape, shape);
    return { ...base, ...foldedWeights(spec, node, norm), op: "conv", kernel, stride, dilation, pads, groups };
  }
  if (isLinear(node) && shape[0] * shape[1] === 1) {
    const { weight, bias } = node.tensors;
    const tensors = { weights: spec.tensor(weight.key, weight.shape), bias: bias && spec.tensor(bias.key, bias.shape) };
    return { ...base, ...tensors, op: "linear", transposed: true, flatten: node.flatten };
  }
  if (isMaxPool(node) || isAveragePool(node)) {
    const { window, stride } = node;
    const mean = isAveragePool(node);
    const countPadding = mean && node.countPadding;
    const pads = poolPads(node);
    // What a last window has beyond the padding would count.
    if (countPadding && pads.some((pad, side) => pad !== node.pads[side])) return undefined;
    return { ...base, op: "pool", mode: mean ? "average" : "max", window, stride, pads, countPadding };
  }
  return unweightedStep(node, { ...base, others: others.map(nameOf) }) ?? normStep(spec, node, base);
}

/** Operations without weights that are no windows. */
function unweightedStep(node: Node, base: Base & { others: readonly string[] }): Step | undefined {
  switch (node.op) {
    case "globalPool":
    case "concat":
    case "add":
    case "subtract":
    case "multiply":
    case "divide":
    case "activation":
      return { ...base, op: node.op };
    case "slice":
      return { ...base, op: node.op, first: (node as SliceNode).first };
    case "shuffle":
      return { ...base, op: node.op, groups: (node as ShuffleNode).groups };
    default:
      return undefined;
  }
}

function normStep(spec: NetSpec, node: Node, base: Base): Step | undefined {
  if (node.op === "batchNorm") return { ...base, op: node.op, norm: normOf(spec, node as BatchNormNode) };
  if (node.op !== "layerNorm") return undefined;
  const { tensors, epsilon } = node as LayerNormNode;
  const [weights, bias] = [tensors.weight, tensors.bias].map(({ key, shape }) => spec.tensor(key, shape)) as [Floats, Floats];
  return { ...base, op: node.op, weights, bias, epsilon };
}

function normOf(spec: NetSpec, { tensors, epsilon }: BatchNormNode): Norm {
  const read = ({ key, shape }: TensorRef) => spec.tensor(key, shape);
  return {
    ...{ gain: read(tensors.weight), offset: read(tensors.bias), mean: read(tensors.running_mean), variance: read(tensors.running_var) },
    epsilon,
  };
}

/** A scale and shift as a norm of no mean and a variance of 1. */
function affineOf(spec: NetSpec, { tensors, scale, shift, shape: [, , channels] }: AffineNode): Norm {
  const values = (tensor: TensorRef | undefined, value: number) =>
    tensor ? spec.tensor(tensor.key, tensor.shape) : new Float32Array(channels).fill(value);
  return {
    ...{ gain: values(tensors.weight, scale), offset: values(tensors.bias, shift) },
    ...{ mean: new Float32Array(channels), variance: new Float32Array(channels).fill(1), epsilon: 0 },
  };
}

/** With what the last windows need beyond it below and to the right. */
function poolPads({ window, stride, pads: [top, left, bottom, right], inputs, shape }: PoolNode): Pads {
  const [height, width] = (inputs[0] as Node).shape;
  const after = (axis: 0 | 1, size: number, before: number) => (shape[axis] - 1) * stride[axis] + window[axis] - size - before;
  return [top, left, Math.max(bottom, after(0, height, top)), Math.max(right, after(1, width, left))];
}

function foldedWeights(spec: NetSpec, node: ConvolutionNode, norm: Node | undefined): { weights: Floats; bias: Floats } {
  const outputs = node.shape[2];
  const read = ({ key, shape }: TensorRef) => spec.tensor(key, shape);
  const weights = read(node.tensors.weight);
  const bias = node.tensors.bias ? read(node.tensors.bias) : new Float32Array(outputs);
  if (!norm) return { weights, bias };
  const { gain, offset, mean, variance, epsilon } =
    norm.op === "affine" ? affineOf(spec, norm as AffineNode) : normOf(spec, norm as BatchNormNode);
  const scale = gain.map((value, c) => value / Math.sqrt((variance[c] as number) + epsilon));
  const row = weights.length / outputs;
  return {
    weights: weights.map((value, i) => value * (scale[Math.floor(i / row)] as number)),
    bias: bias.map((value, c) => (value - (mean[c] as number)) * (scale[c] as number) + (offset[c] as number)),
  };
}
