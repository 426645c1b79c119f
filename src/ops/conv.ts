/** The operation `conv`: a layer for the room dense/, dense or in groups, or a stem where it reads the three colours of an image. */
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
import { blocksOf, loadGrouped, mergedGroups } from "./dense/grouped.ts";
import { appendDenseTransposed, transposeConvolution } from "./dense/transposed.ts";
import { depthwiseConv } from "./depthwise-conv.ts";
import { rectifyWeights } from "./make-weights.ts";
import { defineOperation, type Forward } from "./operation.ts";
import type { PackedWeights } from "./packed-weights.ts";
import { inputShape, vectors } from "./shape.ts";
import { appendStem, appendStemTransposed, isStem } from "./stem.ts";

export interface ConvNode extends ConvolutionNode {
  readonly op: "conv";
}

export const isConv = (node: Node): node is ConvNode => node.op === "conv";

/** A convolution over all channels, or over those of a group: a dense layer, unless it is a stem, depthwise or in blocks. */
export const conv = defineOperation({
  build: (graph: Graph, x: Node, key: string, { groups = 1, ...options }: ConvOptions): Node =>
    groups > 1 && groups === x.shape[2] && groups === options.outputs
      ? depthwiseConv.build(graph, x, key, options)
      : graph.append<ConvNode>({ op: "conv", ...convolutionFields(x, key, { ...options, groups }) }),

  load: async (node: ConvNode) => {
    if (blocksOf(node) > 1) await loadGrouped();
  },

  fusing: (node: ConvNode) => ({ store: { norm: true, activation: true, residual: !isStem(node) } }),

  layout: (node: ConvNode, precision) => {
    const [, inputs] = node.tensors.weight.shape as [number, number];
    if (isStem(node)) return { ...convolutionLayout(node, inputs), precision: "f32" };
    const merged = mergedGroups(node);
    const groups = { merged, outputs: node.shape[2] / node.groups };
    return { ...convolutionLayout(node, roundUp(merged * inputs, 4)), ...(node.groups > 1 && { groups }), precision };
  },

  dense: (batch: number, op: FusedOp<ConvNode>) => (isStem(op.node) || blocksOf(op.node) > 1 ? undefined : denseLayer(batch, op)),

  strips: "writes",

  forward: (call: Forward<ConvNode>) => {
    const { plan, batch, op, inputs, residual, out, into, precision } = call;
    const layer = denseLayer(batch, op);
    if (isStem(op.node)) return appendStem(call, layer);
    const [image] = inputs as [(typeof inputs)[number]];
    appendDense(plan, layer, { image, weights: op.weights as PackedWeights, residual, out, into }, precision);
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
    const kind = isStem(node) ? "stem" : node.groups > 1 ? "grouped" : "conv";
    const group = kind === "conv" ? node.kernel.join("x") : kind;
    const groups = kind === "grouped" ? ` by ${node.groups}` : "";
    return [group, describeConvolution(kind, node, `${inputShape(node)[2]}>${node.shape[2]}${groups}`)];
  },

  exact: (node: ConvNode, values, place) => exactConvolution(node, values, place),
});

function denseLayer(batch: number, { node, activation }: FusedOp<ConvNode>): DenseLayer {
  const [height, width, channels] = inputShape(node);
  const [outHeight, outWidth, outputs] = node.shape;
  const { label, kernel, stride, dilation, pad } = node;
  const [top, left] = pad;
  return {
    ...{ label, batch, height, width, outHeight, outWidth, kernel, stride, dilation, pad: [top, left] },
    blocks: blocksOf(node),
    ...{ channels4: vectors(channels), outputs4: vectors(outputs), activation },
    flops: 2 * batch * convolutionMultiplyAdds(node),
  };
}
