/** Shapes, kernels and exact values that maxPool and averagePool share. */
import type { Tensor } from "../engine/tensor.ts";
import type { Node, Shape } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { type Backward, describeSize, describeWindow, type ExactValues, type Forward, type Place } from "./operation.ts";
import { bothSides, inputShape, inputSizes, outputSizes, type Sides, vectors } from "./shape.ts";

/** A pool over windows, the maximum or the mean. */
export interface PoolNode extends Node {
  readonly window: Sides;
  readonly stride: Sides;
  /** On every side. */
  readonly pad: number;
}

/** How the kernels number what they compute: the maximum, or the mean of the taps inside the image or of the whole window. */
export const POOL_MODES = { max: 0, inside: 1, whole: 2 } as const;

export function poolFields(x: Node, label: string, windowSize: number | Sides, strides: number | Sides, pad: number) {
  const [window, stride] = [bothSides(windowSize), bothSides(strides)];
  const extent = (axis: 0 | 1) => Math.floor((x.shape[axis] + 2 * pad - window[axis]) / stride[axis]) + 1;
  const shape: Shape = [extent(0), extent(1), x.shape[2]];
  return { label, shape, inputs: [x], tensors: {}, window, stride, pad };
}

/** The window as the kernels have it. */
function windowUniforms({ window: [window_y, window_x], stride: [stride_y, stride_x], pad }: PoolNode) {
  return { window_y, window_x, stride_y, stride_x, pad };
}

export function appendPool({ plan, batch, op: { node }, inputs, out }: Forward<PoolNode>, mode: number): void {
  const [, outWidth, channels] = node.shape;
  const window = windowUniforms(node);
  const size = outputSizes(batch, node);
  plan.dispatch(kernels.pool, {
    label: node.label,
    bindings: { image: inputs[0] as Tensor, out },
    uniforms: { ...size, channels4: vectors(channels), ...window, mode },
    threads: [vectors(channels), outWidth, size.lines],
    flops: size.lines * outWidth * channels * window.window_y * window.window_x,
  });
}

export function appendPoolTransposed(step: Backward<PoolNode>, gradient: Tensor, out: Tensor, mode: number): void {
  appendWindowsTransposed(step, gradient, out, { ...windowUniforms(step.op.node), mode });
}

type Windows = Record<"window_y" | "window_x" | "stride_y" | "stride_x" | "pad" | "mode", number>;

/** The way back through any windows: global pooling has one that covers the image. */
export function appendWindowsTransposed(
  { plan, kernels, batch, op, inputs }: Backward,
  gradient: Tensor,
  out: Tensor,
  windows: Windows,
): void {
  const size = inputSizes(batch, op.node);
  plan.dispatch(kernels.poolTransposed, {
    label: `${op.node.label} transposed`,
    bindings: { image: inputs[0] as Tensor, gradient, out },
    uniforms: { ...size, ...windows },
    threads: [size.channels4, size.width, size.lines],
    flops: size.lines * size.width * op.node.shape[2] * 16,
  });
}

/** The values under a window that lie inside the image. */
export function tapsOf(node: PoolNode, { input }: ExactValues, { y, x, channel }: Place): number[] {
  const [height, width, channels] = inputShape(node);
  const { window, stride, pad } = node;
  const [top, left] = [y * stride[0] - pad, x * stride[1] - pad];
  const taps: number[] = [];
  for (let line = Math.max(top, 0); line < Math.min(top + window[0], height); line++) {
    for (let column = Math.max(left, 0); column < Math.min(left + window[1], width); column++)
      taps.push(input(0, (line * width + column) * channels + channel));
  }
  return taps;
}

export const describePool = (mode: string, node: PoolNode) =>
  ["pool", `${mode}pool${describeWindow(node.window, node.stride)} ${describeSize(node.inputs[0] as Node)} ${node.shape[2]}`] as const;
