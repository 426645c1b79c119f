/** The operation `depthwiseConv`, the cheap spatial layer of MobileNet and EfficientNet. */
import type { Graph, Node } from "../graph/graph.ts";
import {
  type ConvOptions,
  type ConvolutionNode,
  convolutionFields,
  convolutionLayout,
  convolutionMultiplyAdds,
  describeConvolution,
  exactConvolution,
  windowOf,
} from "./convolution.ts";
import { appendDepthwise, appendDepthwiseTransposed } from "./depthwise.ts";
import { rectifyWeights } from "./make-weights.ts";
import { defineOperation, type Forward } from "./operation.ts";

export interface DepthwiseConvNode extends ConvolutionNode {
  readonly op: "depthwiseConv";
}

export const isDepthwiseConv = (node: Node): node is DepthwiseConvNode => node.op === "depthwiseConv";

/** A convolution with a separate filter for every channel. */
export const depthwiseConv = defineOperation({
  build: (graph: Graph, x: Node, key: string, options: Omit<ConvOptions, "outputs" | "groups">) =>
    graph.append<DepthwiseConvNode>({
      op: "depthwiseConv",
      ...convolutionFields(x, key, { ...options, outputs: x.shape[2], groups: x.shape[2] }),
    }),

  fusing: () => ({ store: { norm: true, activation: true } }),

  layout: (node: DepthwiseConvNode) => ({ ...convolutionLayout(node, 1), precision: "f32" }),

  strips: "writes",

  forward: (call: Forward<DepthwiseConvNode>) => appendDepthwise(call, windowOf(call.op.node)),

  backward: {
    append: (step, gradient, out) => appendDepthwiseTransposed(step, gradient, out, windowOf(step.op.node)),
    rectify: (request) => rectifyWeights(request),
  },

  multiplyAdds: convolutionMultiplyAdds,

  describe: (node: DepthwiseConvNode) => ["depthwise", describeConvolution("depthwise", node, String(node.shape[2]))],

  exact: (node: DepthwiseConvNode, values, place) => exactConvolution(node, values, place),
});
