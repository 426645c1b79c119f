import { sizeOf } from "../../src/engine/tensor.ts";
import type { Node } from "../../src/graph/graph.ts";
import type { ExactValues, Place } from "../../src/ops/operation.ts";
import { operationOf } from "../../src/ops/operations.ts";
import type { Tensors } from "./random-weights.ts";

/** An image, height x width x channels, row-major, without padding. */
export type Image = Float64Array;

/** Every value of a node, by its index. */
export function eachPlace(node: Node, visit: (index: number, place: Place) => number): Image {
  const [, width, channels] = node.shape;
  return Float64Array.from({ length: sizeOf(node.shape) }, (_, index) =>
    visit(index, { y: Math.floor(index / (width * channels)), x: Math.floor(index / channels) % width, channel: index % channels }),
  );
}

/** Where the values of a node come from: its inputs' images and the tensors that its keys name. */
export function valuesOf(node: Node, images: readonly Image[], tensors: Tensors): ExactValues {
  const parts = new Map(Object.entries(node.tensors).map(([part, { key }]) => [part, tensors.get(key)]));
  return {
    input: (which, index) => images[which]?.[index] as number,
    tensor: (part, index) => parts.get(part)?.[index] as number,
  };
}

/** The value of a node, given those that it reads. */
export function apply(node: Node, images: readonly Image[], tensors: Tensors): Image {
  const { exact } = operationOf(node);
  const values = valuesOf(node, images, tensors);
  return eachPlace(node, (_, place) => exact(node, values, place).value);
}

/** Values of every node for one image, in float64, layer by layer as the net is described: nothing folded, nothing fused. */
export function evaluate(nodes: readonly Node[], input: ArrayLike<number>, tensors: Tensors): Map<Node, Image> {
  const values = new Map<Node, Image>();
  for (const node of nodes) {
    const images = node.inputs.length === 0 ? [Float64Array.from(input)] : node.inputs.map((from) => values.get(from) as Image);
    values.set(node, apply(node, images, tensors));
  }
  return values;
}
