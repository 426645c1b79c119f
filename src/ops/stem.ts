/** Kernels for the first convolution of a net, which sees three channels only. */
import type { Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";
import { constantsOf, parametersOf } from "./activation-functions.ts";
import { backwardMatrix, type ConvolutionNode, convolutionMultiplyAdds, matrixOf, windowOf } from "./convolution.ts";
import type { DenseLayer } from "./dense/dense-layer.ts";
import { appendRows, rows } from "./dense/dense-subgroup.ts";
import type { Backward, Forward } from "./operation.ts";
import type { PackedWeights } from "./packed-weights.ts";
import { inputShape, inputSizes, outputSizes, stripOf, vectors } from "./shape.ts";

/** Whether every filter sees 3 channels, all there are: its kernels spend nothing on the fourth that pads them. */
export const isStem = (node: ConvolutionNode) => inputShape(node)[2] === 3 && node.groups === 1;

/** `layer`: the same as a dense one. */
export function appendStem({ plan, batch, op, inputs, out, into }: Forward<ConvolutionNode>, layer: DenseLayer): void {
  const { TILE_COLUMNS, TILE_PIXELS } = kernels.convStem.constants;
  const { node, activation } = op;
  const weights = op.weights as PackedWeights;
  const [image] = inputs as [Tensor];
  // What holds for dense layers does for stems: large register tiles are the fastest on CPUs.
  if (plan.engine.adapter.software && rows.fits(plan.engine, layer, weights)) {
    appendRows(plan, layer, { image, weights, residual: undefined, out, into }, "f32", 3);
    return;
  }
  const [, outWidth, outputs] = node.shape;
  const size = outputSizes(batch, node);
  const columns4 = vectors(outputs);
  const { of4, first4 } = stripOf(outputs, into);
  plan.dispatch(kernels.convStem, {
    label: node.label,
    bindings: { image, weights: matrixOf(weights), bias: weights.bias, out },
    uniforms: { ...size, columns4, out_columns4: of4, out_first4: first4, ...windowOf(node), ...parametersOf(activation) },
    constants: constantsOf(activation),
    threads: [Math.ceil(columns4 / TILE_COLUMNS), Math.ceil(outWidth / TILE_PIXELS), size.lines],
    flops: 2 * batch * convolutionMultiplyAdds(node),
  });
}

export function appendStemTransposed(step: Backward<ConvolutionNode>, gradient: Tensor, out: Tensor): void {
  const { plan, kernels, batch, op } = step;
  const size = inputSizes(batch, op.node);
  plan.dispatch(kernels.convStemTransposed, {
    label: `${op.node.label} transposed`,
    bindings: { gradient, weights: backwardMatrix(step), out },
    uniforms: { ...size, columns4: vectors(op.node.shape[2]), ...windowOf(op.node) },
    threads: [size.width, size.lines],
    flops: 2 * batch * convolutionMultiplyAdds(op.node),
  });
}
