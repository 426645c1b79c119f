/** The operation `adaptiveAveragePool`, which gives heads maps of a fixed size whatever the image's. */
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { type Backward, defineOperation, describeSize, type Forward, sumOf } from "./operation.ts";
import { inputShape, inputSizes, outputSizes, type Sides, vectors } from "./shape.ts";

export interface AdaptiveAveragePoolNode extends Node {
  readonly op: "adaptiveAveragePool";
}

/** Means over bins: the lines of bin i begin at floor(i height / outHeight) and end before ceil((i + 1) height / outHeight), as PyTorch's. */
export const adaptiveAveragePool = defineOperation({
  /** Throws INVALID for a size that is none. */
  build: (graph: Graph, x: Node, [height, width]: Sides, label = "adaptive average pool") => {
    if (![height, width].every((side) => Number.isInteger(side) && side > 0)) {
      throw new EngineError("INVALID", `${label}: there is no map of ${height} x ${width}.`, "Give whole numbers of at least 1.");
    }
    return graph.append<AdaptiveAveragePoolNode>({
      ...{ op: "adaptiveAveragePool", label, inputs: [x], tensors: {} },
      shape: [height, width, x.shape[2]],
    });
  },

  forward: ({ plan, batch, op: { node }, inputs, out }: Forward<AdaptiveAveragePoolNode>) => {
    const [height, width, channels] = inputShape(node);
    const size = outputSizes(batch, node);
    plan.dispatch(kernels.adaptivePool, {
      label: node.label,
      bindings: { image: inputs[0] as Tensor, out },
      uniforms: { ...size, channels4: vectors(channels) },
      threads: [vectors(channels), size.out_width, size.lines],
      flops: batch * height * width * channels,
    });
  },

  backward: {
    append: appendBinsTransposed,
  },

  describe: (node: AdaptiveAveragePoolNode) => [
    "pool",
    `adaptivepool ${describeSize(node.inputs[0] as Node)}>${describeSize(node)} ${node.shape[2]}`,
  ],

  exact: (node: AdaptiveAveragePoolNode, { input }, { y, x, channel }) => {
    const [height, width, channels] = inputShape(node);
    const [lines, columns] = [binOf(y, height, node.shape[0]), binOf(x, width, node.shape[1])];
    const count = lines.length * columns.length;
    return sumOf(lines.flatMap((line) => columns.map((column) => input(0, (line * width + column) * channels + channel) / count)));
  },
});

/** The way back through means over bins; global pooling has one bin. */
export function appendBinsTransposed({ plan, kernels, batch, op: { node } }: Backward, gradient: Tensor, out: Tensor): void {
  const size = inputSizes(batch, node);
  plan.dispatch(kernels.adaptivePoolTransposed, {
    label: `${node.label} transposed`,
    bindings: { gradient, out },
    uniforms: size,
    threads: [size.channels4, size.width, size.lines],
    flops: size.lines * size.width * node.shape[2],
  });
}

/** The lines, or columns, of a bin. */
function binOf(index: number, size: number, bins: number): number[] {
  const [first, end] = [Math.floor((index * size) / bins), Math.ceil(((index + 1) * size) / bins)];
  return Array.from({ length: end - first }, (_, at) => first + at);
}
