/** Checks the engine's output of a layer against its definition in float64, at sampled places. */
import { sizeOf } from "../src/engine/tensor.ts";
import type { Node } from "../src/graph/graph.ts";
import { activate } from "../src/ops/activation-functions.ts";
import type { Exact } from "../src/ops/operation.ts";
import { operationOf } from "../src/ops/operations.ts";
import type { Precision } from "../src/ops/packed-weights.ts";
import type { Layer } from "./layers.ts";
import { Noise } from "./noise.ts";

/** Where a layer's values come from: all of them by their index in the unpadded tensor, batch first. */
export interface LayerValues {
  input(which: number, index: number): number;
  /** Of the node's tensors, in PyTorch's order: `weight` is outputs, inputs, ky, kx. */
  tensor(part: string, index: number): number;
  /** What the store adds. */
  residual(index: number): number;
}

/**
 * Largest error allowed, as a share of the terms' magnitudes. Sums in f32 stay below 1e-7 and products by transformed tiles below 1e-6; a
 * missing term of n makes 1 / n on average, more than this for every layer measured. Half-precision weights are off by 2^-12 on average.
 */
export const TOLERANCE: Record<Precision, number> = { f32: 2e-6, f16: 5e-4 };

/** Value `index` of the layer's output for a batch, NHWC without padding. */
export function evaluateAt({ node, residual, activation }: Layer, values: LayerValues, index: number): Exact {
  const [, width, channels] = node.shape;
  const size = sizeOf(node.shape);
  const [batch, at] = [Math.floor(index / size), index % size];
  const place = { y: Math.floor(at / (width * channels)), x: Math.floor(at / channels) % width, channel: at % channels };
  const { value, magnitude } = operationOf(node).exact(
    node,
    {
      input: (which, from) => values.input(which, batch * sizeOf((node.inputs[which] as Node).shape) + from),
      tensor: values.tensor,
    },
    place,
  );
  const added = residual ? values.residual(index) : 0;
  const sum = value + added;
  return { value: activation ? activate(activation, sum) : sum, magnitude: magnitude + Math.abs(added) };
}

/** The first and the last index below `size`, and random ones between: `count` at most, ascending. */
export function samplePositions(size: number, count: number, name: string): number[] {
  const noise = new Noise(`positions of ${name}`, 0.5, 0.5);
  const random = Array.from({ length: count - 2 }, (_, i) => Math.floor(noise.at(i) * size));
  return [...new Set([0, size - 1, ...random])].sort((a, b) => a - b);
}

/** The largest error at the given positions as a share of the terms' magnitudes; infinite where a value is not a number. */
export function largestError(layer: Layer, values: LayerValues, positions: readonly number[], found: ArrayLike<number>): number {
  const errors = positions.map((index, at) => {
    const { value, magnitude } = evaluateAt(layer, values, index);
    const error = Math.abs((found[at] as number) - value) / Math.max(magnitude, Number.MIN_VALUE);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  });
  return Math.max(...errors);
}

/** The largest error at the given positions by the largest value there. */
export function relativeError(layer: Layer, values: LayerValues, positions: readonly number[], found: ArrayLike<number>): number {
  const exact = positions.map((index) => evaluateAt(layer, values, index).value);
  const errors = exact.map((value, at) => Math.abs((found[at] as number) - value));
  return Math.max(...errors) / Math.max(...exact.map(Math.abs), Number.MIN_VALUE);
}
