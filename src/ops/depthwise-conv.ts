/** The operation `depthwiseConv`, the cheap spatial layer of MobileNet and EfficientNet. */
import type { Tensor } from "../engine/tensor.ts";
import type { FusedOp } from "../graph/fuse.ts";
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
import { appendDense } from "./dense/dense.ts";
import type { DenseLayer } from "./dense/dense-layer.ts";
import { fitsTiles } from "./dense/depthwise-variants.ts";
import { appendDepthwise, appendDepthwiseTransposed } from "./depthwise.ts";
import { rectifyWeights } from "./make-weights.ts";
import { defineOperation, type Forward } from "./operation.ts";
import type { PackedWeights } from "./packed-weights.ts";
import { inputShape, vectors } from "./shape.ts";

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

  dense: (batch: number, op: FusedOp<DepthwiseConvNode>) => (fitsTiles(op.node) ? layerOf(batch, op) : undefined),

  forward(call: Forward<DepthwiseConvNode>) {
    const { plan, batch, op, inputs, out, into, precision } = call;
    if (!fitsTiles(op.node)) return appendDepthwise(call, windowOf(op.node));
    const tensors = { image: inputs[0] as Tensor, weights: op.weights as PackedWeights, residual: undefined, out, into };
    appendDense(plan, layerOf(batch, op), tensors, precision);
  },

  backward: {
    append: (step, gradient, out) => appendDepthwiseTransposed(step, gradient, out, windowOf(step.op.node)),
    rectify: (request) => rectifyWeights(request),
  },

  multiplyAdds: convolutionMultiplyAdds,

  describe: (node: DepthwiseConvNode) => ["depthwise", describeConvolution("depthwise", node, String(node.shape[2]))],

  exact: (node: DepthwiseConvNode, values, place) => exactConvolution(node, values, place),
});

function layerOf(batch: number, { node, activation }: FusedOp<DepthwiseConvNode>): DenseLayer {
  const [height, width, channels] = inputShape(node);
  const [outHeight, outWidth] = node.shape;
  const { label, kernel, stride, pad } = node;
  return {
    ...{ label, batch, height, width, outHeight, outWidth, kernel, stride, pad: [pad[0], pad[1]], depthwise: true },
    ...{ channels4: vectors(channels), outputs4: vectors(channels), activation },
    flops: 2 * batch * convolutionMultiplyAdds(node),
  };
}
