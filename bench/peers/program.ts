/** Describes layers and nets step by step, in the form that models of other libraries take. */
import { sizeOf } from "../../src/engine/tensor.ts";
import type { FusedOp } from "../../src/graph/fuse.ts";
import type { Activation, Node, Shape, TensorRef } from "../../src/graph/graph.ts";
import { isAveragePool } from "../../src/ops/average-pool.ts";
import type { BatchNormNode } from "../../src/ops/batch-norm.ts";
import { isConcat } from "../../src/ops/concat.ts";
import { isConv } from "../../src/ops/conv.ts";
import type { ConvolutionNode } from "../../src/ops/convolution.ts";
import { isDepthwiseConv } from "../../src/ops/depthwise-conv.ts";
import { isGlobalPool } from "../../src/ops/global-pool.ts";
import { isLinear } from "../../src/ops/linear.ts";
import { isMaxPool } from "../../src/ops/max-pool.ts";
import { fuseNet, fusingOf } from "../../src/ops/operations.ts";
import type { PoolNode } from "../../src/ops/pooling.ts";
import type { Sides } from "../../src/ops/shape.ts";
import type { ConcatSpec, DenseSpec, LayerSpec, NetSpec } from "./peer.ts";

type Floats = Float32Array<ArrayBuffer>;

/** The activations that are compared. */
export type PeerActivation = "relu" | "relu6";

interface Base {
  /** Names of the values that it reads and makes. */
  readonly from: string;
  readonly out: string;
  readonly inShape: Shape;
  readonly shape: Shape;
  /** A value of the same shape, added before the activation. */
  readonly residual?: string | undefined;
  readonly activation?: PeerActivation | undefined;
}

export type Step = Base &
  (
    | {
        readonly op: "conv";
        /** Outputs x (inputs of a group) x kernel. */
        readonly weights: Floats;
        readonly bias: Floats;
        readonly kernel: Sides;
        readonly stride: Sides;
        readonly dilation: Sides;
        readonly pads: Pads;
        readonly groups: number;
      }
    | {
        readonly op: "linear";
        readonly weights: Floats;
        /** The weights are outputs x inputs, as PyTorch has them; else inputs x outputs. */
        readonly transposed: boolean;
        readonly bias: Floats | undefined;
        /** The order in which the weights see the values of an image. */
        readonly flatten: "nhwc" | "nchw";
      }
    | {
        readonly op: "pool";
        readonly mode: "max" | "average";
        readonly window: Sides;
        readonly stride: Sides;
        readonly pads: Pads;
        readonly countPadding: boolean;
      }
    | { readonly op: "globalPool" }
    | {
        readonly op: "concat";
        /** What is joined to `from`, in this order. */
        readonly others: readonly string[];
      }
    | { readonly op: "add"; readonly residual: string }
  );

export type StepOf<Op extends Step["op"]> = Extract<Step, { op: Op }>;

/** Rows and columns of zeros around an image. */
export type Pads = readonly [top: number, left: number, bottom: number, right: number];

export interface ProgramInput {
  readonly name: string;
  readonly shape: Shape;
  /** Batch x shape. */
  readonly values: Floats;
}

/**
 * A layer or net, with batch norm folded into the weights and padding given for all four sides. The last step makes the output.
 */
export interface Program {
  readonly batch: number;
  readonly inputs: readonly ProgramInput[];
  readonly steps: readonly Step[];
}

export const layerProgram = (spec: LayerSpec): Program => (spec.kind === "concat" ? concatProgram(spec) : denseProgram(spec));

function concatProgram({ batch, shape, inputs }: ConcatSpec): Program {
  const named = inputs.map((input, which) => ({ name: `input${which}`, ...input }));
  const [from, ...others] = named.map(({ name }) => name) as [string];
  const inShape = (inputs[0] as ConcatSpec["inputs"][number]).shape;
  return { batch, inputs: named, steps: [{ op: "concat", from, others, out: "output", inShape, shape }] };
}

/** A gemm's rows are the batch of a dense layer. */
function denseProgram(spec: DenseSpec): Program {
  const { batch, height, width, channels, outHeight, outWidth, outputs, weights, bias, activation } = spec;
  const { kernel, stride, dilation, groups } = spec;
  const gemm = spec.kind === "gemm";
  const inShape: Shape = gemm ? [1, 1, channels] : [height, width, channels];
  const shape: Shape = gemm ? [1, 1, outputs] : [outHeight, outWidth, outputs];
  const base = { from: "input", out: "output", inShape, shape, residual: spec.residual && "residual", activation, weights, bias };
  const step: Step = gemm
    ? { ...base, op: "linear", transposed: false, flatten: "nhwc" }
    : {
        ...base,
        op: "conv",
        kernel,
        stride,
        dilation,
        pads: allPads(spec, inShape, shape),
        groups,
      };
  return {
    batch: gemm ? batch * height * width : batch,
    inputs: [
      { name: "input", shape: inShape, values: spec.input },
      ...(spec.residual ? [{ name: "residual", shape, values: spec.residual }] : []),
    ],
    steps: [step],
  };
}

/** Says in one sentence which layer is not part of the comparison, if there is one. */
export function netProgram(spec: NetSpec): Program | string {
  const steps: Step[] = [];
  for (const op of fuseNet(spec.nodes)) {
    const step = stepOf(spec, op);
    if (!step) return `${spec.name} has a layer that is not compared: ${op.node.label} (${op.node.op}).`;
    steps.push(step);
  }
  const [first] = spec.nodes as [Node];
  return { batch: spec.batch, inputs: [{ name: nameOf(first), shape: first.shape, values: spec.input }], steps };
}

const nameOf = ({ index }: Node) => `v${index}`;

export const isCompared = (activation: Activation | undefined): activation is PeerActivation | undefined =>
  activation === undefined || activation === "relu" || activation === "relu6";

/** The op as the peers have it; undefined where they do not. */
function stepOf(spec: NetSpec, { node, norm, residual, activation, output }: FusedOp): Step | undefined {
  if (!isCompared(activation)) return undefined;
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
  if (isGlobalPool(node)) return { ...base, op: "globalPool" };
  if (isConcat(node)) return { ...base, op: "concat", others: others.map(nameOf) };
  const [other] = others;
  return other && fusingOf(node).is === "sum" ? { ...base, op: "add", residual: nameOf(other) } : undefined;
}

/** Bytes of the largest array that a step reads or writes. */
export function largestArray({ batch, inputs, steps }: Program): number {
  const values = [...inputs, ...steps].map(({ shape }) => batch * sizeOf(shape));
  const weights = steps.map((step) => ("weights" in step ? step.weights.length : 0));
  return Float32Array.BYTES_PER_ELEMENT * Math.max(...values, ...weights);
}

/** With what the last windows need beyond it below and to the right. */
function poolPads({ window, stride, pads: [top, left, bottom, right], inputs, shape }: PoolNode): Pads {
  const [height, width] = (inputs[0] as Node).shape;
  const after = (axis: 0 | 1, size: number, before: number) => (shape[axis] - 1) * stride[axis] + window[axis] - size - before;
  return [top, left, Math.max(bottom, after(0, height, top)), Math.max(right, after(1, width, left))];
}

/** The padding below and to the right is what the output's size needs. */
function allPads(window: Pick<DenseSpec, "kernel" | "stride" | "dilation"> & { pad: readonly number[] }, from: Shape, to: Shape): Pads {
  const { kernel, stride, dilation } = window;
  const [top, left] = window.pad as [number, number];
  const after = (axis: 0 | 1, before: number) =>
    Math.max((to[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - from[axis] - before, 0);
  return [top, left, after(0, top), after(1, left)];
}

function foldedWeights(spec: NetSpec, node: ConvolutionNode, norm: Node | undefined): { weights: Floats; bias: Floats } {
  const outputs = node.shape[2];
  const read = ({ key, shape }: TensorRef) => spec.tensor(key, shape);
  const weights = read(node.tensors.weight);
  const bias = node.tensors.bias ? read(node.tensors.bias) : new Float32Array(outputs);
  if (!norm) return { weights, bias };
  const { tensors, epsilon } = norm as BatchNormNode;
  const [gain, offset, mean, variance] = [tensors.weight, tensors.bias, tensors.running_mean, tensors.running_var].map(read) as [
    Floats,
    Floats,
    Floats,
    Floats,
  ];
  const scale = gain.map((value, c) => value / Math.sqrt((variance[c] as number) + epsilon));
  const row = weights.length / outputs;
  return {
    weights: weights.map((value, i) => value * (scale[Math.floor(i / row)] as number)),
    bias: bias.map((value, c) => (value - (mean[c] as number)) * (scale[c] as number) + (offset[c] as number)),
  };
}
