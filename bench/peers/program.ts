/** Describes layers and nets step by step, in the form that models of other libraries take. */
import { sizeOf } from "../../src/engine/tensor.ts";
import type { Activation, Shape } from "../../src/graph/graph.ts";
import type { Sides } from "../../src/ops/shape.ts";
import type { DenseSpec } from "./peer.ts";

export type Floats = Float32Array<ArrayBuffer>;

/** What every step has. */
export interface Base {
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
    | {
        readonly op: "add" | "subtract" | "multiply" | "divide";
        /** The second operand; each of the two has 1 along the axes on which one value meets many. */
        readonly others: readonly string[];
      }
    | {
        /** Along the channels of every pixel. */
        readonly op: "layerNorm";
        readonly weights: Floats;
        readonly bias: Floats;
        readonly epsilon: number;
      }
    | { readonly op: "batchNorm"; readonly norm: Norm }
    | {
        readonly op: "slice";
        /** The first channel. */
        readonly first: number;
      }
    | { readonly op: "shuffle"; readonly groups: number }
    /** The matrix products of images of one channel. */
    | { readonly op: "product"; readonly others: readonly string[] }
    /** An image of one channel times the same image of many for the whole batch, `weights`: height x width x channels. */
    | { readonly op: "expose"; readonly weights: Floats }
    /** The softmax of rows, of one class. */
    | { readonly op: "probability"; readonly target: number }
    /** The sum over the batch of images of one channel, `others`, each times the one value that stands for it in `from`. */
    | { readonly op: "weigh"; readonly others: readonly string[] }
    /** Nothing but its activation. */
    | { readonly op: "activation" }
  );

export type StepOf<Op extends Step["op"]> = Extract<Step, { op: Op }>;

/** (x - mean) / sqrt(variance + epsilon) * gain + offset, a value of each a channel. */
export interface Norm {
  readonly gain: Floats;
  readonly offset: Floats;
  readonly mean: Floats;
  readonly variance: Floats;
  readonly epsilon: number;
}

/** Rows and columns of zeros around an image. */
export type Pads = readonly [top: number, left: number, bottom: number, right: number];

export interface ProgramInput {
  readonly name: string;
  readonly shape: Shape;
  /** Batch x shape. */
  readonly values: Floats;
}

/**
 * A layer or net, with batch norm folded into the weights and padding given for all four sides. The last step makes the output, of the whole
 * batch unless it adds it up.
 */
export interface Program {
  readonly batch: number;
  readonly inputs: readonly ProgramInput[];
  readonly steps: readonly Step[];
}

/** A gemm's rows are the batch of a dense layer. */
export function layerProgram(spec: DenseSpec): Program {
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

/** Images in what the last step makes. */
export function outputBatch({ batch, steps }: Program): number {
  return steps.at(-1)?.op === "weigh" ? 1 : batch;
}

/** Bytes of the largest array that a step reads or writes. */
export function largestArray({ batch, inputs, steps }: Program): number {
  const values = [...inputs, ...steps].map(({ shape }) => batch * sizeOf(shape));
  const weights = steps.map((step) => ("weights" in step ? step.weights.length : 0));
  return Float32Array.BYTES_PER_ELEMENT * Math.max(...values, ...weights);
}

/** Every name that a step reads: its input first, then what is joined to it, or its residual. */
export function readsOf(step: Step): string[] {
  const others = "others" in step ? step.others : [];
  return [step.from, ...others, ...(step.residual === undefined ? [] : [step.residual])];
}

/** The padding below and to the right is what the output's size needs. */
export function allPads(
  window: Pick<DenseSpec, "kernel" | "stride" | "dilation"> & { pad: readonly number[] },
  from: Shape,
  to: Shape,
): Pads {
  const { kernel, stride, dilation } = window;
  const [top, left] = window.pad as [number, number];
  const after = (axis: 0 | 1, before: number) =>
    Math.max((to[axis] - 1) * stride[axis] + dilation[axis] * (kernel[axis] - 1) + 1 - from[axis] - before, 0);
  return [top, left, after(0, top), after(1, left)];
}
