/** The kernels of layers that have a filter for every channel: depthwise convolutions, and scales and shifts, whose filters are 1 x 1. */
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Activation, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { constantsOf, parametersOf } from "./activation-functions.ts";
import { backwardMatrix, matrixOf, type windowOf } from "./convolution.ts";
import type { Backward, Forward } from "./operation.ts";
import type { PackedWeights } from "./packed-weights.ts";
import { inputSizes, outputSizes, type Strip, stripOf, vectors } from "./shape.ts";

type Window = ReturnType<typeof windowOf>;

/** The window of a scale and shift. */
export const POINT: Window = {
  ...{ kernel_y: 1, kernel_x: 1, stride_y: 1, stride_x: 1, dilation_y: 1, dilation_x: 1 },
  ...{ pad_top: 0, pad_left: 0 },
};

/** Such a layer for one batch; `from` and `into` say where in wider tensors the channels are. */
export interface Lines {
  readonly label: string;
  readonly sizes: ReturnType<typeof outputSizes>;
  readonly channels: number;
  readonly window: Window;
  readonly activation: Activation | undefined;
  readonly flops: number;
  readonly from?: Strip | undefined;
  readonly into?: Strip | undefined;
}

const flopsOf = (batch: number, { shape: [height, width, channels] }: Node, { kernel_y, kernel_x }: Window) =>
  2 * batch * height * width * channels * kernel_y * kernel_x;

/** Seven pixels of a line a thread: any window. */
export function appendLines(
  plan: PlanBuilder,
  { label, sizes, channels, window, activation, flops, from, into }: Lines,
  image: Tensor,
  weights: PackedWeights,
  out: Tensor,
): void {
  const [read, written] = [stripOf(channels, from), stripOf(channels, into)];
  plan.dispatch(kernels.depthwise, {
    label,
    bindings: { image, weights: matrixOf(weights), bias: weights.bias, out },
    constants: constantsOf(activation),
    uniforms: {
      ...{ ...sizes, channels4: vectors(channels), ...window, ...parametersOf(activation) },
      ...{ image_channels4: read.of4, image_first4: read.first4, out_channels4: written.of4, out_first4: written.first4 },
    },
    threads: [vectors(channels), Math.ceil(sizes.out_width / kernels.depthwise.constants.TILE_PIXELS), sizes.lines],
    flops,
  });
}

export function appendDepthwise({ plan, batch, op, inputs, out, into, from }: Forward, window: Window): void {
  const { node, activation } = op;
  const layer = { label: node.label, sizes: outputSizes(batch, node), channels: node.shape[2], window, activation, from, into };
  appendLines(plan, { ...layer, flops: flopsOf(batch, node, window) }, inputs[0] as Tensor, op.weights as PackedWeights, out);
}

export function appendDepthwiseTransposed(step: Backward, gradient: Tensor, out: Tensor, window: Window): void {
  const { plan, kernels, batch, op } = step;
  const size = inputSizes(batch, op.node);
  plan.dispatch(kernels.depthwiseTransposed, {
    label: `${op.node.label} transposed`,
    bindings: { gradient, weights: backwardMatrix(step), out },
    uniforms: { ...size, ...window },
    threads: [size.channels4, size.width, size.lines],
    flops: flopsOf(batch, op.node, window),
  });
}
