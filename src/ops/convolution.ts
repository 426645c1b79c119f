/** Shapes, costs and exact values of convolutions, dense or depthwise. */
import type { Tensor } from "../engine/tensor.ts";
import { type Node, type Shape, type TensorRef, tensorsOf } from "../graph/graph.ts";
import { type Backward, describeSize, describeWindow, type Exact, type ExactValues, type Place, sumOf } from "./operation.ts";
import type { Layout, PackedWeights, WeightPart } from "./packed-weights.ts";
import { inputShape } from "./shape.ts";

/** A convolution of any kind. */
export interface ConvolutionNode extends Node {
  readonly tensors: { readonly weight: TensorRef; readonly bias?: TensorRef };
  readonly kernel: number;
  readonly stride: number;
  readonly pad: readonly [top: number, left: number];
}

/** A convolution's outputs and window; the stride is 1, the padding 0, and there is no bias unless told otherwise. */
export interface ConvOptions {
  outputs: number;
  kernel: number;
  stride?: number;
  /** Pixels on every side, or TensorFlow's "same": as little as keeps ceil(size / stride), the odd pixel at the bottom and right. */
  padding?: number | "same";
  bias?: boolean;
}

/** The fields of a convolution whose filters see `depth` channels each. */
export function convolutionFields(x: Node, key: string, depth: number, options: ConvOptions) {
  const { outputs, kernel, stride = 1, padding = 0, bias = false } = options;
  const [height, width] = x.shape;
  const extent = (size: number) => (padding === "same" ? Math.ceil(size / stride) : Math.floor((size + 2 * padding - kernel) / stride) + 1);
  const before = (size: number) =>
    padding === "same" ? Math.floor(Math.max((extent(size) - 1) * stride + kernel - size, 0) / 2) : padding;
  const shape: Shape = [extent(height), extent(width), outputs];
  const tensors = tensorsOf(key, { weight: [outputs, depth, kernel, kernel], bias: bias ? [outputs] : undefined });
  return {
    ...{ label: key, shape, inputs: [x], kernel, stride },
    tensors: tensors as ConvolutionNode["tensors"],
    pad: [before(height), before(width)] as const,
  };
}

/** The window as kernels have it that take one of any shape. */
export function windowOf({ kernel, stride, pad: [pad_top, pad_left] }: ConvolutionNode) {
  return { kernel_y: kernel, kernel_x: kernel, stride, pad_top, pad_left };
}

export const convolutionMultiplyAdds = ({ shape: [height, width, outputs], tensors }: ConvolutionNode) =>
  height * width * outputs * tensors.weight.shape.slice(1).reduce((product, extent) => product * extent, 1);

/** The matrix as in the file, whose inputs are padded to `inputsPadded`. */
export function convolutionLayout({ tensors: { weight } }: ConvolutionNode, inputsPadded: number): Omit<Layout, "precision"> {
  const [outputs, inputs, kernel] = weight.shape as [number, number, number, number];
  const taps = kernel ** 2;
  return { ...{ weight, inputs, inputsPadded, taps, outputs, group: outputs }, outputStep: inputs * taps, inputStep: taps, tapStep: 1 };
}

export function describeConvolution(kind: string, node: ConvolutionNode, channels: string): string {
  const { kernel, stride, pad } = node;
  const padding = pad.every((pixels) => pixels === (kernel - 1) / 2) ? "" : ` pad${pad[0]}`;
  return `${kind}${describeWindow([kernel, kernel], [stride, stride])} ${describeSize(node.inputs[0] as Node)} ${channels}${padding}`;
}

/** `depthwise`: a filter sees the channel of its number alone, else all. */
export function exactConvolution(
  node: ConvolutionNode,
  { input, tensor }: ExactValues,
  { y, x, channel }: Place,
  depthwise: boolean,
): Exact {
  const [height, width, channels] = inputShape(node);
  const { kernel, stride, pad, tensors } = node;
  const depth = depthwise ? 1 : channels;
  function* terms() {
    if (tensors.bias) yield tensor("bias", channel);
    for (let tap = 0; tap < kernel ** 2; tap++) {
      const [line, column] = [y * stride + Math.floor(tap / kernel) - pad[0], x * stride + (tap % kernel) - pad[1]];
      if (line < 0 || line >= height || column < 0 || column >= width) continue;
      const first = (line * width + column) * channels + (depthwise ? channel : 0);
      for (let i = 0; i < depth; i++) yield input(0, first + i) * tensor("weight", (channel * depth + i) * kernel ** 2 + tap);
    }
  }
  return sumOf(terms());
}

/** The matrix of weights that are never cut. */
export const matrixOf = (weights: PackedWeights): Tensor => (weights.parts[0] as WeightPart).matrix;

export const backwardMatrix = ({ weights }: Pick<Backward, "weights">): Tensor => matrixOf(weights?.packed as PackedWeights);
