/** The operation `conv`: a dense layer for the room dense/, or a stem where it reads the three colours of an image. */
import { roundUp } from "../engine/tensor.ts";
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
} from "./convolution.ts";
import { appendDense } from "./dense/dense.ts";
import type { DenseLayer } from "./dense/dense-layer.ts";
import { appendDenseTransposed, transposeConvolution } from "./dense/transposed.ts";
import { rectifyWeights } from "./make-weights.ts";
import { defineOperation, type Forward } from "./operation.ts";
import type { PackedWeights } from "./packed-weights.ts";
import { inputShape, vectors } from "./shape.ts";
import { appendStem, appendStemTransposed, isStem } from "./stem.ts";

export interface ConvNode extends ConvolutionNode {
  readonly op: "conv";
}

export const isConv = (node: Node): node is ConvNode => node.op === "conv";

/** A convolution over all channels: a dense layer, unless it is a stem. */
export const conv = defineOperation({
  build: (graph: Graph, x: Node, key: string, options: ConvOptions) =>
    graph.append<ConvNode>({ op: "conv", ...convolutionFields(x, key, x.shape[2], options) }),

  fusing: (node: ConvNode) => ({ store: { norm: true, activation: true, residual: !isStem(node) } }),

  layout: (node: ConvNode, precision) => {
    const [, inputs] = node.tensors.weight.shape as [number, number];
    return isStem(node)
      ? { ...convolutionLayout(node, inputs), precision: "f32" }
      : { ...convolutionLayout(node, roundUp(inputs, 4)), precision };
  },

  dense: (batch: number, op: FusedOp<ConvNode>) => (isStem(op.node) ? undefined : denseLayer(batch, op)),

  forward: (call: Forward<ConvNode>) => {
    if (isStem(call.op.node)) return appendStem(call);
    const { plan, batch, op, inputs, residual, out, precision } = call;
    const [image] = inputs as [(typeof inputs)[number]];
    appendDense(plan, denseLayer(batch, op), { image, weights: op.weights as PackedWeights, residual, out }, precision);
  },

  backward: {
    append(step, gradient, out, residual) {
      if (isStem(step.op.node)) appendStemTransposed(step, gradient, out);
      else appendDenseTransposed(step, gradient, out, residual);
    },
    addsResidual: (node) => !isStem(node),
    rectify: (request) => rectifyWeights(request),
    transpose: { wanted: (node) => !isStem(node), make: transposeConvolution },
  },

  multiplyAdds: convolutionMultiplyAdds,

  describe: (node: ConvNode) => {
    const kind = isStem(node) ? "stem" : "conv";
    const group = isStem(node) ? kind : node.kernel.join("x");
    return [group, describeConvolution(kind, node, `${inputShape(node)[2]}>${node.shape[2]}`)];
  },

  exact: (node: ConvNode, values, place) => exactConvolution(node, values, place, false),
});

function denseLayer(batch: number, { node, activation }: FusedOp<ConvNode>): DenseLayer {
  const [height, width, channels] = inputShape(node);
  const [outHeight, outWidth, outputs] = node.shape;
  const { label, kernel, stride, dilation, pad } = node;
  const [top, left] = pad;
  return {
    ...{ label, batch, height, width, outHeight, outWidth, kernel, stride, dilation, pad: [top, left] },
    ...{ channels4: vectors(channels), outputs4: vectors(outputs), activation },
    flops: 2 * batch * convolutionMultiplyAdds(node),
  };
}
