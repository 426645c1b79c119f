/** What an operation must say of itself so that nets, tuner, costs, benchmarks and references can use it. */
import type { Engine } from "../engine/engine.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { FusedOp, Fusing } from "../graph/fuse.ts";
import type { Node, Shape } from "../graph/graph.ts";
import type { DenseLayer } from "./dense/dense-layer.ts";
import type { Layout, PackedWeights, Precision } from "./packed-weights.ts";
import type { Strip } from "./shape.ts";
import type { WeightSource } from "./weight-source.ts";

/** A kernel's worth of nodes with its weights on the GPU. */
export interface LoweredOp<N extends Node = Node> extends FusedOp<N> {
  weights?: PackedWeights;
}

/** y = scale x + shift, a value of each a channel. */
export interface Affine {
  readonly scale: Float32Array;
  readonly shift: Float64Array;
}

/** A kernel to append to a plan, for a batch. */
export interface Forward<N extends Node = Node> {
  readonly plan: PlanBuilder;
  readonly batch: number;
  readonly op: LoweredOp<N>;
  /** Values of the node's inputs. */
  readonly inputs: readonly Tensor[];
  /** What the store adds. */
  readonly residual: Tensor | undefined;
  readonly out: Tensor;
  /** Where in `out` the value goes, which is then wider; only for an operation that writes strips, and without a residual. */
  readonly into?: Strip | undefined;
  /** Where in the first input's tensor its value lies; only for an operation that reads strips. */
  readonly from?: Strip | undefined;
  readonly precision: Precision;
}

/** Which weights of a linear layer count: all, the positive ones, or the negative ones as positive numbers. */
export type Sign = 0 | 1 | -1;

/** The weights of an op as its backward pass reads them. */
export interface BackwardWeights {
  /** As the forward pass reads them, or their positive part without bias. */
  readonly packed: PackedWeights;
  /** Of dense convolutions: inputs and outputs exchanged, the taps in reverse order, no bias. */
  readonly transposed?: PackedWeights;
}

/** The kernels of the way back, which are loaded when something first goes back. */
export type BackwardKernels = typeof import("../shaders/backward/index.ts");

/** A step of a backward pass: from the value of an op, before its residual and activation, to one of its inputs. */
export interface Backward<N extends Node = Node> {
  readonly plan: PlanBuilder;
  readonly kernels: BackwardKernels;
  readonly batch: number;
  readonly op: LoweredOp<N>;
  /** Values of the node's inputs, and which of them is meant. */
  readonly inputs: readonly Tensor[];
  readonly which: number;
  readonly weights: BackwardWeights | undefined;
  readonly precision: Precision;
  /** Of the weights that count. A convolution's `weights` have it already, a linear layer's kernels apply it. */
  readonly sign: Sign;
}

/** How weights for backward passes are made. */
export interface WeightsRequest<N extends Node = Node> {
  readonly engine: Engine;
  readonly kernels: BackwardKernels;
  readonly node: N;
  readonly weights: PackedWeights;
  readonly precision: Precision;
  /** Memory is short: make nothing that only saves time. */
  readonly lean: boolean;
}

/** The way back through an operation. */
export interface BackwardRules<N extends Node = Node> {
  /** Appends what brings the gradient of the value to the input. `residual` is added, only where `addsResidual` says so. */
  append(step: Backward<N>, gradient: Tensor, out: Tensor, residual?: Tensor): void;
  addsResidual?(node: N): boolean;
  /** The output is one of the inputs: relevance goes where a gradient goes. */
  readonly selects?: boolean;
  /**
   * Of an operation that is neither linear nor selects: which share of its relevance (excitation backprop) goes to an input of the same shape,
   * value by value; none (0) to what counts as a constant; undefined where there is no definition.
   */
  relevance?(node: N, which: number): number | undefined;
  /** The value with the weights of `sign`, without bias; by default the forward kernel computes it, with rectified weights. */
  appendRectified?(step: Backward<N>, out: Tensor): void;
  /** Makes the positive part of the weights. An operation with weights has this, `appendRectified` or `relevance`. */
  rectify?(request: WeightsRequest<N>): Promise<PackedWeights>;
  /** Makes transposed weights, where the kernels do not transpose as they read. */
  readonly transpose?: { wanted(node: N): boolean; make(request: WeightsRequest<N>): Promise<PackedWeights> };
}

/** Where the exact value of a node comes from: unpadded NHWC images and tensors of the weights file, by index. */
export interface ExactValues {
  input(which: number, index: number): number;
  tensor(part: string, index: number): number;
}

/** A value in float64, and the sum of the magnitudes of its terms, which rounding errors scale with. */
export interface Exact {
  value: number;
  magnitude: number;
}

export interface Place {
  readonly y: number;
  readonly x: number;
  readonly channel: number;
}

/** Index of a place among the values of an image. */
export const indexOf = ([, width, channels]: Shape, { y, x, channel }: Place) => (y * width + x) * channels + channel;

/**
 * What a layer can be made of: everything that the project knows of one operation, so that nets, costs, benchmarks and references need not
 * ask which one it is. Shape rule and weights are in `build`.
 */
export interface Operation<N extends Node = Node> {
  /** How its nodes go together with others in one kernel; alone by default. */
  fusing?(node: N): Fusing;
  /** Loads what computes it, where few nets need that. */
  load?(node: N): Promise<void>;
  /** How the weights file's matrix is packed for the kernel, where there is one. */
  layout?(node: N, precision: Precision): Layout;
  /** Scale and shift of every channel, where that is all that it does: it then folds into the weights before it. */
  affine?(node: N, source: WeightSource): Promise<Affine>;
  /** Is an activation that gives numbers below 0, for which excitation backprop and FGVis are not defined. */
  readonly signed?: boolean;
  /** As a dense layer, where it is one: those are computed in several ways, of which the tuner finds the fastest. */
  dense?(batch: number, op: FusedOp<N>): DenseLayer | undefined;
  /**
   * Its kernels write the value into a strip of a wider tensor, so that concat need not copy it there, or read their one input from such a strip.
   * Not both: a kernel would read and write one tensor.
   */
  readonly strips?: "writes" | "reads";
  /** Appends the kernel. Absent where the store of another's always computes it. */
  forward?(call: Forward<N>): void;
  readonly backward?: BackwardRules<N>;
  /** Of one image; taps outside the image count. */
  multiplyAdds?(node: N): number;
  /** What it is compared among in benchmarks, and what tells it from others: ["3x3", "conv3x3/2 56x56 64>128"]. */
  describe(node: N): readonly [group: string, name: string];
  /** Its definition, value by value. */
  exact(node: N, values: ExactValues, place: Place): Exact;
}

/** An operation with the method of GraphBuilder that appends its nodes; types are inferred. */
export function defineOperation<N extends Node, Build>(operation: Operation<N> & { readonly build: Build }) {
  return operation;
}

/** A sum and the magnitudes of its terms. */
export function sumOf(terms: Iterable<number>): Exact {
  const sum = { value: 0, magnitude: 0 };
  for (const term of terms) {
    sum.value += term;
    sum.magnitude += Math.abs(term);
  }
  return sum;
}

export const single = (value: number): Exact => ({ value, magnitude: Math.abs(value) });

/** "224x224": height and width. */
export const describeSize = ({ shape: [height, width] }: Node) => `${height}x${width}`;

/** "3x3/2": a window and its stride, unless that is 1. */
export function describeWindow([height, width]: readonly [number, number], [down, across]: readonly [number, number]): string {
  const stride = down === across ? `${down}` : `${down}x${across}`;
  return `${height}x${width}${stride === "1" ? "" : `/${stride}`}`;
}
