/** Turns shapes of nodes into sizes of tensors and of grids of threads. */
import { roundUp } from "../engine/tensor.ts";
import type { Node, Shape } from "../graph/graph.ts";

/** Along y and along x. */
export type Sides = readonly [y: number, x: number];

/** A size of both sides, or of each. */
export const bothSides = (size: number | Sides): Sides => (typeof size === "number" ? [size, size] : size);

/** NHWC shape of a batch, channels padded to 4. */
export function tensorShape(batch: number, [height, width, channels]: Shape): number[] {
  return [batch, height, width, roundUp(channels, 4)];
}

/** Vec4s of the padded channels. */
export const vectors = (channels: number) => roundUp(channels, 4) / 4;

/** Shape of what a node reads first. */
export const inputShape = (node: Node): Shape => (node.inputs[0] as Node).shape;

/** Where a value lies among the channels of a wider tensor, in vec4s: behind how many of a pixel's, and how many those are in all. */
export interface Strip {
  readonly first4: number;
  readonly of4: number;
}

/** The strip, or else all of a tensor of these channels. */
export const stripOf = (channels: number, strip?: Strip): Strip => strip ?? { first4: 0, of4: vectors(channels) };

/** A thread for every vec4 of a tensor, in lines that no grid's limit forbids. */
export function inLines(vectors: number): { vectors: number; line: number; threads: [number, number] } {
  const line = Math.min(vectors, 65536);
  return { vectors, line, threads: [line, Math.ceil(vectors / line)] };
}

/** What kernels of windows take of the shapes of a node: a line of the output for every line of the grid. */
export function outputSizes(batch: number, node: Node) {
  const [height, width] = inputShape(node);
  const [out_height, out_width] = node.shape;
  return { lines: batch * out_height, height, width, out_height, out_width };
}

/** The same for the way back, where a line of the input is one of the grid. */
export function inputSizes(batch: number, node: Node) {
  const [height, , channels] = inputShape(node);
  return { ...outputSizes(batch, node), lines: batch * height, channels4: vectors(channels) };
}
