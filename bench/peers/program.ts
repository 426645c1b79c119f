import { sizeOf } from "../../src/engine/tensor.ts";
import { fuse } from "../../src/graph/fuse.ts";
import type { Activation, NodeOf, Shape } from "../../src/graph/graph.ts";
import type { LayerSpec, NetSpec } from "./peer.ts";

type Floats = Float32Array<ArrayBuffer>;

interface Base {
  /** Names of the values that it reads and makes. */
  readonly from: string;
  readonly out: string;
  readonly inShape: Shape;
  readonly shape: Shape;
  /** A value of the same shape, added before the activation. */
  readonly residual?: string | undefined;
  readonly activation?: Activation | undefined;
}

export type Step = Base &
  (
    | {
        readonly op: "conv";
        /** Outputs x (inputs, or 1 if depthwise) x kernel x kernel. */
        readonly weights: Floats;
        readonly bias: Floats;
        readonly kernel: number;
        readonly stride: number;
        readonly pads: Pads;
        readonly depthwise: boolean;
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
        readonly window: number;
        readonly stride: number;
        readonly pads: Pads;
        readonly countPadding: boolean;
      }
    | { readonly op: "globalPool" }
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
 * A layer or net in the form in which models of other libraries come: batch norm folded into the weights, padding on all four sides given.
 * The last step makes the output.
 */
export interface Program {
  readonly batch: number;
  readonly inputs: readonly ProgramInput[];
  readonly steps: readonly Step[];
}

/** A gemm's rows are the batch of a dense layer. */
export function layerProgram(spec: LayerSpec): Program {
  const { batch, height, width, channels, outHeight, outWidth, outputs, kernel, stride, weights, bias, activation } = spec;
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
        pads: allPads(spec.pad, kernel, stride, inShape, shape),
        depthwise: spec.kind === "depthwise",
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
  const name = ({ index }: { index: number }) => `v${index}`;
  for (const { node, norm, residual, activation, output } of fuse(spec.nodes)) {
    const [from, other] = node.inputs as [NodeOf<"input">, NodeOf<"input">];
    const shape = node.shape;
    const base = { from: name(from), out: name(output), inShape: from.shape, shape, activation, residual: residual && name(residual) };
    if (node.op === "conv") {
      const { kernel, stride, depthwise } = node;
      const pads = allPads(node.pad, kernel, stride, from.shape, shape);
      steps.push({ ...base, ...foldedWeights(spec, node, norm), op: "conv", kernel, stride, pads, depthwise });
    } else if (node.op === "linear" && shape[0] * shape[1] === 1) {
      const weights = spec.tensor(`${node.key}.weight`, [shape[2], sizeOf(from.shape)]);
      const bias = node.bias ? spec.tensor(`${node.key}.bias`, [shape[2]]) : undefined;
      steps.push({ ...base, op: "linear", weights, transposed: true, bias, flatten: node.flatten });
    } else if (node.op === "pool") {
      const { mode, window, stride, pad, countPadding } = node;
      // All four sides alike: where the padding counts, the divisor knows only what is padded.
      steps.push({ ...base, op: "pool", mode, window, stride, pads: [pad, pad, pad, pad], countPadding });
    } else if (node.op === "globalPool") steps.push({ ...base, op: "globalPool" });
    else if (node.op === "add") steps.push({ ...base, op: "add", residual: name(other) });
    else return `${spec.name} has a layer that is not compared: ${node.label} (${node.op}).`;
  }
  const [first] = spec.nodes as [NodeOf<"input">];
  return { batch: spec.batch, inputs: [{ name: name(first), shape: first.shape, values: spec.input }], steps };
}

/** Bytes of the largest array that a step reads or writes. */
export function largestArray({ batch, inputs, steps }: Program): number {
  const values = [...inputs, ...steps].map(({ shape }) => batch * sizeOf(shape));
  const weights = steps.map((step) => ("weights" in step ? step.weights.length : 0));
  return Float32Array.BYTES_PER_ELEMENT * Math.max(...values, ...weights);
}

/** The padding below and to the right is what the output's size needs. */
function allPads([top, left]: readonly [number, number], kernel: number, stride: number, from: Shape, to: Shape): Pads {
  const after = (size: number, outSize: number, before: number) => Math.max((outSize - 1) * stride + kernel - size - before, 0);
  return [top, left, after(from[0], to[0], top), after(from[1], to[1], left)];
}

function foldedWeights(spec: NetSpec, node: NodeOf<"conv">, norm: NodeOf<"batchNorm"> | undefined): { weights: Floats; bias: Floats } {
  const outputs = node.shape[2];
  const inputs = node.depthwise ? 1 : (node.inputs[0]?.shape[2] ?? 0);
  const weights = spec.tensor(`${node.key}.weight`, [outputs, inputs, node.kernel, node.kernel]);
  const bias = node.bias ? spec.tensor(`${node.key}.bias`, [outputs]) : new Float32Array(outputs);
  if (!norm) return { weights, bias };
  const part = (key: string) => spec.tensor(`${norm.key}.${key}`, [outputs]);
  const [gain, offset, mean, variance] = [part("weight"), part("bias"), part("running_mean"), part("running_var")];
  const scale = gain.map((value, c) => value / Math.sqrt((variance[c] as number) + norm.epsilon));
  const row = weights.length / outputs;
  return {
    weights: weights.map((value, i) => value * (scale[Math.floor(i / row)] as number)),
    bias: bias.map((value, c) => (value - (mean[c] as number)) * (scale[c] as number) + (offset[c] as number)),
  };
}
