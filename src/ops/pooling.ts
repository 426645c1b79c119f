import type { Tensor } from "../engine/tensor.ts";
import type { Node, Shape } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { type Backward, describeSize, describeWindow, type ExactValues, type Forward, type Place } from "./operation.ts";
import { inputShape, inputSizes, outputSizes, vectors } from "./shape.ts";

/** What pools over windows have in common. */
export interface PoolNode extends Node {
  readonly window: number;
  readonly stride: number;
  readonly pad: number;
}

/** How the kernels number what they compute: the maximum, or the mean of the taps inside the image or of the whole window. */
export const POOL_MODES = { max: 0, inside: 1, whole: 2 } as const;

export function poolFields(x: Node, label: string, window: number, stride: number, pad: number) {
  const extent = (size: number) => Math.floor((size + 2 * pad - window) / stride) + 1;
  const shape: Shape = [extent(x.shape[0]), extent(x.shape[1]), x.shape[2]];
  return { label, shape, inputs: [x], tensors: {}, window, stride, pad };
}

export function appendPool({ plan, batch, op: { node }, inputs, out }: Forward<PoolNode>, mode: number): void {
  const { window, stride, pad } = node;
  const [, outWidth, channels] = node.shape;
  const size = outputSizes(batch, node);
  plan.dispatch(kernels.pool, {
    label: node.label,
    bindings: { image: inputs[0] as Tensor, out },
    uniforms: { ...size, channels4: vectors(channels), window, stride, pad, mode },
    threads: [vectors(channels), outWidth, size.lines],
    flops: size.lines * outWidth * channels * window ** 2,
  });
}

type PoolWindow = Record<"window_y" | "window_x" | "stride" | "pad" | "mode", number>;

export function appendPoolTransposed({ plan, batch, op, inputs }: Backward, gradient: Tensor, out: Tensor, window: PoolWindow): void {
  const size = inputSizes(batch, op.node);
  plan.dispatch(kernels.poolTransposed, {
    label: `${op.node.label} transposed`,
    bindings: { image: inputs[0] as Tensor, gradient, out },
    uniforms: { ...size, ...window },
    threads: [size.channels4, size.width, size.lines],
    flops: size.lines * size.width * op.node.shape[2] * 16,
  });
}

/** The values under a window that lie inside the image. */
export function tapsOf(node: PoolNode, { input }: ExactValues, { y, x, channel }: Place): number[] {
  const [height, width, channels] = inputShape(node);
  const { window, stride, pad } = node;
  const [top, left] = [y * stride - pad, x * stride - pad];
  const taps: number[] = [];
  for (let line = Math.max(top, 0); line < Math.min(top + window, height); line++) {
    for (let column = Math.max(left, 0); column < Math.min(left + window, width); column++)
      taps.push(input(0, (line * width + column) * channels + channel));
  }
  return taps;
}

export const describePool = (mode: string, node: PoolNode) =>
  ["pool", `${mode}pool${describeWindow(node.window, node.stride)} ${describeSize(node.inputs[0] as Node)} ${node.shape[2]}`] as const;
