/** The operation `resizeNearest`, which enlarges feature maps in pyramids of them. */
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { defineOperation, describeSize, type Forward, indexOf, single } from "./operation.ts";
import { inputShape, inputSizes, outputSizes, type Sides, vectors } from "./shape.ts";

export interface ResizeNearestNode extends Node {
  readonly op: "resizeNearest";
}

/**
 * By a whole factor, or to any height and width: output pixel y reads pixel floor(y * height / output height), as PyTorch's "nearest" does.
 * PyTorch multiplies in f32, which at a few sizes (14 to 46) makes it read the pixel before.
 */
export const resizeNearest = defineOperation({
  /** Throws INVALID where the factor, height or width is no whole number above 0. */
  build: (graph: Graph, x: Node, size: number | Sides, label = "resize") => {
    const [height, width, channels] = x.shape;
    const [outHeight, outWidth] = typeof size === "number" ? [size * height, size * width] : size;
    if (![size].flat().every((side) => Number.isInteger(side) && side > 0)) {
      throw new EngineError("INVALID", `"${label}" resizes to [${size}].`, "Give a whole factor, or [height, width] in pixels.");
    }
    return graph.append<ResizeNearestNode>({
      op: "resizeNearest",
      label,
      shape: [outHeight, outWidth, channels],
      inputs: [x],
      tensors: {},
    });
  },

  forward: ({ plan, batch, op: { node }, inputs, out }: Forward<ResizeNearestNode>) => {
    const size = { ...outputSizes(batch, node), channels4: vectors(node.shape[2]) };
    plan.dispatch(kernels.resizeNearest, {
      label: node.label,
      bindings: { image: inputs[0] as Tensor, out },
      uniforms: size,
      threads: [size.channels4, size.out_width, size.lines],
    });
  },

  backward: {
    selects: true,
    append({ plan, kernels, batch, op: { node } }, gradient, out) {
      const size = inputSizes(batch, node);
      plan.dispatch(kernels.resizeNearestTransposed, {
        label: `${node.label} transposed`,
        bindings: { gradient, out },
        uniforms: size,
        threads: [size.channels4, size.width, size.lines],
      });
    },
  },

  describe: (node: ResizeNearestNode) => [
    "resize",
    `nearest ${describeSize(node.inputs[0] as Node)}>${describeSize(node)} ${node.shape[2]}`,
  ],

  exact: (node: ResizeNearestNode, { input }, { y, x, channel }) => {
    const shape = inputShape(node);
    const source = (at: number, axis: 0 | 1) => Math.floor((at * shape[axis]) / node.shape[axis]);
    return single(input(0, indexOf(shape, { y: source(y, 0), x: source(x, 1), channel })));
  },
});
