/** Shapes, costs and exact values of convolutions: dense, grouped or depthwise. */
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import { type Node, type Shape, type TensorRef, tensorsOf } from "../graph/graph.ts";
import { type Backward, describeSize, describeWindow, type Exact, type ExactValues, type Place, sumOf } from "./operation.ts";
import type { Layout, PackedWeights, WeightPart } from "./packed-weights.ts";
import { bothSides, inputShape, type Sides } from "./shape.ts";

/** Lines and columns of zeros around an image. */
export type Pads = readonly [top: number, left: number, bottom: number, right: number];

/** A convolution of any kind. */
export interface ConvolutionNode extends Node {
  readonly tensors: { readonly weight: TensorRef; readonly bias?: TensorRef };
  readonly kernel: Sides;
  readonly stride: Sides;
  readonly dilation: Sides;
  readonly pad: Pads;
  /** Groups of channels that do not meet; a depthwise convolution has one for each channel. */
  readonly groups: number;
}

/** A convolution's outputs and window; the stride is 1, the padding 0, and there is no bias unless told otherwise. */
export interface ConvOptions {
  outputs: number;
  /** Along y and x, where one number is not both. */
  kernel: number | Sides;
  stride?: number | Sides;
  /** Distance of neighbouring taps, 1 by default. */
  dilation?: number | Sides;
  /**
   * Pixels on every side, or along y and x, or top, left, bottom and right; or TensorFlow's "same": as little as keeps ceil(size / stride), the
   * odd pixel at the bottom and right.
   */
  padding?: number | Sides | Pads | "same";
  /** Into how many groups channels and outputs are divided, in their order: those of a group see its channels alone. 1 by default. */
  groups?: number;
  bias?: boolean;
}

/** Throws INVALID where no window fits into the padded image, a number makes no window, or the groups would not be alike. */
export function convolutionFields(x: Node, key: string, options: ConvOptions) {
  const { outputs, padding = 0, groups = 1, bias = false } = options;
  const [kernel, stride, dilation] = [options.kernel, options.stride ?? 1, options.dilation ?? 1].map(bothSides) as [Sides, Sides, Sides];
  const given = padding === "same" ? [] : [padding].flat();
  const all = [...kernel, ...stride, ...dilation, outputs, groups];
  if (!all.every((value) => Number.isInteger(value) && value > 0) || !given.every((pixels) => Number.isInteger(pixels) && pixels >= 0)) {
    throw new EngineError(
      "INVALID",
      `The convolution "${key}" has ${outputs} outputs in ${groups} groups, a kernel of ${kernel.join(" x ")}, stride ${stride.join(" x ")}, ` +
        `dilation ${dilation.join(" x ")} and padding ${given.join(", ")}.`,
      "Give whole numbers: paddings of at least 0, all else of at least 1.",
    );
  }
  const channels = x.shape[2];
  if (channels % groups !== 0 || outputs % groups !== 0) {
    throw new EngineError(
      "INVALID",
      `The convolution "${key}" has ${groups} groups of ${channels} channels and ${outputs} outputs, which are no multiples of that.`,
      "Give a number of groups that divides both.",
    );
  }
  const covered = (axis: 0 | 1) => dilation[axis] * (kernel[axis] - 1) + 1;
  const pad: Pads = padding === "same" ? samePads(x.shape, [covered(0), covered(1)], stride) : padsOf(padding);
  const extent = (axis: 0 | 1) => Math.floor((x.shape[axis] + pad[axis] + pad[(axis + 2) as 2 | 3] - covered(axis)) / stride[axis]) + 1;
  const shape: Shape = [extent(0), extent(1), outputs];
  if (shape[0] < 1 || shape[1] < 1) {
    throw new EngineError(
      "INVALID",
      `The convolution "${key}" has no output: its window covers ${covered(0)} x ${covered(1)} pixels of an image of ` +
        `${x.shape[0]} x ${x.shape[1]} with padding ${pad.join(", ")}.`,
      "Use a larger image, a smaller kernel or more padding.",
    );
  }
  const tensors = tensorsOf(key, { weight: [outputs, channels / groups, ...kernel], bias: bias ? [outputs] : undefined });
  return { label: key, shape, inputs: [x], kernel, stride, dilation, pad, groups, tensors: tensors as ConvolutionNode["tensors"] };
}

function padsOf(padding: number | Sides | Pads): Pads {
  if (typeof padding === "number") return [padding, padding, padding, padding];
  const [top, left, bottom = top, right = left] = padding as Pads;
  return [top, left, bottom, right];
}

function samePads([height, width]: Shape, covered: Sides, stride: Sides): Pads {
  const whole = (size: number, axis: 0 | 1) => Math.max((Math.ceil(size / stride[axis]) - 1) * stride[axis] + covered[axis] - size, 0);
  const [down, across] = [whole(height, 0), whole(width, 1)];
  const [top, left] = [Math.floor(down / 2), Math.floor(across / 2)];
  return [top, left, down - top, across - left];
}

/** The window as kernels have it that take one of any shape. */
export function windowOf({ kernel, stride, dilation, pad: [pad_top, pad_left] }: ConvolutionNode) {
  const [[kernel_y, kernel_x], [stride_y, stride_x], [dilation_y, dilation_x]] = [kernel, stride, dilation];
  return { kernel_y, kernel_x, stride_y, stride_x, dilation_y, dilation_x, pad_top, pad_left };
}

export const convolutionMultiplyAdds = ({ shape: [height, width, outputs], tensors }: ConvolutionNode) =>
  height * width * outputs * tensors.weight.shape.slice(1).reduce((product, extent) => product * extent, 1);

/** The matrix as in the file, whose inputs are padded to `inputsPadded`. */
export function convolutionLayout({ tensors: { weight } }: ConvolutionNode, inputsPadded: number): Omit<Layout, "precision"> {
  const [outputs, inputs, height, width] = weight.shape as [number, number, number, number];
  const taps = height * width;
  return { ...{ weight, inputs, inputsPadded, taps, outputs, group: outputs }, outputStep: inputs * taps, inputStep: taps, tapStep: 1 };
}

export function describeConvolution(kind: string, node: ConvolutionNode, channels: string): string {
  const { kernel, stride, dilation, pad } = node;
  const [top, left, bottom, right] = pad;
  const isCentred = (axis: 0 | 1) => pad[axis] === (dilation[axis] * (kernel[axis] - 1)) / 2;
  // At most the odd pixel of "same" at the bottom and right.
  const alike = top === left && [bottom - top, right - top].every((more) => more === 0 || more === 1);
  const centred = isCentred(0) && isCentred(1) && top === bottom && left === right;
  const padding = centred ? "" : ` pad${alike ? top : pad.join(",")}`;
  const apart = dilation.every((distance) => distance === 1) ? "" : ` dilated${dilation.join("x")}`;
  return `${kind}${describeWindow(kernel, stride)} ${describeSize(node.inputs[0] as Node)} ${channels}${padding}${apart}`;
}

/** A filter sees the channels of its group alone. */
export function exactConvolution(node: ConvolutionNode, { input, tensor }: ExactValues, { y, x, channel }: Place): Exact {
  const [height, width, channels] = inputShape(node);
  const { kernel, stride, dilation, pad, groups, tensors } = node;
  const taps = kernel[0] * kernel[1];
  const depth = channels / groups;
  const firstChannel = Math.floor((channel * groups) / node.shape[2]) * depth;
  function* terms() {
    if (tensors.bias) yield tensor("bias", channel);
    for (let tap = 0; tap < taps; tap++) {
      const line = y * stride[0] + Math.floor(tap / kernel[1]) * dilation[0] - pad[0];
      const column = x * stride[1] + (tap % kernel[1]) * dilation[1] - pad[1];
      if (line < 0 || line >= height || column < 0 || column >= width) continue;
      const first = (line * width + column) * channels + firstChannel;
      for (let i = 0; i < depth; i++) yield input(0, first + i) * tensor("weight", (channel * depth + i) * taps + tap);
    }
  }
  return sumOf(terms());
}

/** The matrix of weights whose kernels take it whole. Throws LIMIT where the adapter binds only parts of it. */
export function matrixOf({ parts }: PackedWeights): Tensor {
  const [{ matrix }] = parts as [WeightPart];
  if (parts.length === 1) return matrix;
  throw new EngineError(
    "LIMIT",
    `${matrix.label} are larger than what this adapter binds at once, and layers of this kind need them whole.`,
    "Use another adapter, or a smaller classifier.",
  );
}

export const backwardMatrix = ({ weights }: Pick<Backward, "weights">): Tensor => matrixOf(weights?.packed as PackedWeights);
