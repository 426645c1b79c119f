/** Shapes, kernels and exact values that maxPool and averagePool share. */
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Node, Shape } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { type Backward, describeSize, describeWindow, type ExactValues, type Forward, type Place } from "./operation.ts";
import { bothSides, inputShape, inputSizes, outputSizes, type Sides, stripOf, vectors } from "./shape.ts";

/** A pool over windows, the maximum or the mean. */
export interface PoolNode extends Node {
  readonly window: Sides;
  readonly stride: Sides;
  readonly pads: PoolPads;
}

/** Pixels around the image. */
export type PoolPads = readonly [top: number, left: number, bottom: number, right: number];

export interface PoolOptions {
  /** Pixels on every side, or on each; 0 by default. Less than the window. */
  padding?: number | PoolPads;
  /**
   * Round the size of the output up, so that the last window may reach beyond the padded image (PyTorch's `ceil_mode`); one that would begin
   * beyond the image and the padding before it is dropped. By default round down.
   */
  ceil?: boolean;
}

/** How the kernels number what they compute: the maximum, or the mean of the taps inside the image or of the whole window. */
export const POOL_MODES = { max: 0, inside: 1, whole: 2 } as const;

/** Throws INVALID for windows, strides and pads that make no pool of the image. */
export function poolFields(
  x: Node,
  label: string,
  windowSize: number | Sides,
  strides: number | Sides,
  { padding = 0, ceil = false }: PoolOptions,
) {
  const [window, stride] = [bothSides(windowSize), bothSides(strides)];
  const pads: PoolPads = typeof padding === "number" ? [padding, padding, padding, padding] : padding;
  const extent = (axis: 0 | 1) => {
    const [size, before, after] = [x.shape[axis], pads[axis], pads[axis + 2] as number];
    const steps = (size + before + after - window[axis]) / stride[axis];
    const count = (ceil ? Math.ceil(steps) : Math.floor(steps)) + 1;
    return ceil && (count - 1) * stride[axis] >= size + before ? count - 1 : count;
  };
  const shape: Shape = [extent(0), extent(1), x.shape[2]];
  const whole = [...window, ...stride].every((n) => Number.isInteger(n) && n > 0) && pads.every((n) => Number.isInteger(n) && n >= 0);
  if (!whole || pads.some((pad, side) => pad >= (window[side % 2] as number)) || shape[0] < 1 || shape[1] < 1) {
    throw new EngineError(
      "INVALID",
      `${label}: no window of ${window.join(" x ")}, stride ${stride.join(" x ")} and padding ${pads.join(", ")} fits ${x.shape.join(" x ")}.`,
      "Give whole numbers, a window that is not larger than the padded image, and a padding less than the window.",
    );
  }
  return { label, shape, inputs: [x], tensors: {}, window, stride, pads };
}

/** The window as the kernels have it. */
function windowUniforms({ window: [window_y, window_x], stride: [stride_y, stride_x], pads }: PoolNode) {
  const [pad_top, pad_left, pad_bottom, pad_right] = pads;
  return { window_y, window_x, stride_y, stride_x, pad_top, pad_left, pad_bottom, pad_right };
}

export function appendPool({ plan, batch, op: { node }, inputs, out, into }: Forward<PoolNode>, mode: number): void {
  const [, outWidth, channels] = node.shape;
  const window = windowUniforms(node);
  const size = outputSizes(batch, node);
  const { of4, first4 } = stripOf(channels, into);
  plan.dispatch(kernels.pool, {
    label: node.label,
    bindings: { image: inputs[0] as Tensor, out },
    uniforms: { ...size, channels4: vectors(channels), out_channels4: of4, out_first4: first4, ...window, mode },
    threads: [vectors(channels), outWidth, size.lines],
    flops: size.lines * outWidth * channels * window.window_y * window.window_x,
  });
}

export function appendPoolTransposed(
  { plan, kernels, batch, op: { node }, inputs }: Backward<PoolNode>,
  gradient: Tensor,
  out: Tensor,
  mode: number,
): void {
  const size = inputSizes(batch, node);
  plan.dispatch(kernels.poolTransposed, {
    label: `${node.label} transposed`,
    bindings: { image: inputs[0] as Tensor, gradient, out },
    uniforms: { ...size, ...windowUniforms(node), mode },
    threads: [size.channels4, size.width, size.lines],
    flops: size.lines * size.width * node.shape[2] * 16,
  });
}

/** The values under a window that lie inside the image. */
export function tapsOf(node: PoolNode, { input }: ExactValues, { y, x, channel }: Place): number[] {
  const [height, width, channels] = inputShape(node);
  const { window, stride, pads } = node;
  const [top, left] = [y * stride[0] - pads[0], x * stride[1] - pads[1]];
  const taps: number[] = [];
  for (let line = Math.max(top, 0); line < Math.min(top + window[0], height); line++) {
    for (let column = Math.max(left, 0); column < Math.min(left + window[1], width); column++)
      taps.push(input(0, (line * width + column) * channels + channel));
  }
  return taps;
}

/** Pixels under a window that lie inside the padded image. */
export function paddedTaps(node: PoolNode, { y, x }: Place): number {
  const [height, width] = inputShape(node);
  const { window, stride, pads } = node;
  const extent = (at: number, axis: 0 | 1, size: number) => {
    const start = at * stride[axis] - pads[axis];
    return Math.min(start + window[axis], size + (pads[axis + 2] as number)) - start;
  };
  return extent(y, 0, height) * extent(x, 1, width);
}

/** "maxpool3x3/2 112x112 64", and what is unusual of its padding and its last windows. */
export function describePool(mode: string, node: PoolNode): readonly [group: string, name: string] {
  const [height, width] = inputShape(node);
  const { window, stride, pads, shape } = node;
  const usual = pads.every(
    (pad, side) => pad === (window[side % 2] === stride[side % 2] ? 0 : Math.floor(((window[side % 2] as number) - 1) / 2)),
  );
  const beyond = [height, width].some((size, axis) => {
    const end = ((shape[axis] as number) - 1) * (stride[axis] as number) + (window[axis] as number);
    return end > size + (pads[axis] as number) + (pads[axis + 2] as number);
  });
  const name = `${mode}pool${describeWindow(window, stride)} ${describeSize(node.inputs[0] as Node)} ${shape[2]}`;
  return ["pool", `${name}${usual ? "" : ` pad${pads.join(",")}`}${beyond ? " ceil" : ""}`];
}
