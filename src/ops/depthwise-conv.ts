/** The operation `depthwiseConv`, the cheap spatial layer of MobileNet and EfficientNet. */
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { bounds } from "./activation.ts";
import {
  backwardMatrix,
  type ConvOptions,
  type ConvolutionNode,
  convolutionFields,
  convolutionLayout,
  convolutionMultiplyAdds,
  describeConvolution,
  exactConvolution,
  matrixOf,
  windowOf,
} from "./convolution.ts";
import { rectifyWeights } from "./make-weights.ts";
import { defineOperation, type Forward } from "./operation.ts";
import type { PackedWeights } from "./packed-weights.ts";
import { inputSizes, outputSizes, vectors } from "./shape.ts";

export interface DepthwiseConvNode extends ConvolutionNode {
  readonly op: "depthwiseConv";
}

export const isDepthwiseConv = (node: Node): node is DepthwiseConvNode => node.op === "depthwiseConv";

/** A convolution with a separate filter for every channel. */
export const depthwiseConv = defineOperation({
  build: (graph: Graph, x: Node, key: string, options: Omit<ConvOptions, "outputs">) =>
    graph.append<DepthwiseConvNode>({ op: "depthwiseConv", ...convolutionFields(x, key, 1, { ...options, outputs: x.shape[2] }) }),

  fusing: () => ({ store: { norm: true, activation: true } }),

  layout: (node: DepthwiseConvNode) => ({ ...convolutionLayout(node, 1), precision: "f32" }),

  forward: ({ plan, batch, op, inputs, out }: Forward<DepthwiseConvNode>) => {
    const { node, activation } = op;
    const [, outWidth, channels] = node.shape;
    const weights = op.weights as PackedWeights;
    const size = outputSizes(batch, node);
    plan.dispatch(kernels.depthwise, {
      label: node.label,
      bindings: { image: inputs[0] as Tensor, weights: matrixOf(weights), bias: weights.bias, out },
      uniforms: { ...size, channels4: vectors(channels), ...windowOf(node), ...bounds(activation) },
      threads: [vectors(channels), Math.ceil(outWidth / kernels.depthwise.constants.TILE_PIXELS), size.lines],
      flops: 2 * batch * convolutionMultiplyAdds(node),
    });
  },

  backward: {
    append(step, gradient, out) {
      const { plan, kernels, batch, op } = step;
      const size = inputSizes(batch, op.node);
      plan.dispatch(kernels.depthwiseTransposed, {
        label: `${op.node.label} transposed`,
        bindings: { gradient, weights: backwardMatrix(step), out },
        uniforms: { ...size, ...windowOf(op.node) },
        threads: [size.channels4, size.width, size.lines],
        flops: 2 * batch * convolutionMultiplyAdds(op.node),
      });
    },
    rectify: (request) => rectifyWeights(request),
  },

  multiplyAdds: convolutionMultiplyAdds,

  describe: (node: DepthwiseConvNode) => ["depthwise", describeConvolution("depthwise", node, String(node.shape[2]))],

  exact: (node: DepthwiseConvNode, values, place) => exactConvolution(node, values, place, true),
});
