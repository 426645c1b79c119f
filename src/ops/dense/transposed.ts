/** Takes gradients back through dense and grouped convolutions, as layers of the same kind with transposed weights. */
import type { Tensor } from "../../engine/tensor.ts";
import type { ConvolutionNode } from "../convolution.ts";
import { makeWeights } from "../make-weights.ts";
import type { Backward, WeightsRequest } from "../operation.ts";
import type { PackedWeights } from "../packed-weights.ts";
import { inputShape, inputSizes, vectors } from "../shape.ts";
import { appendDense, transformWanted } from "./dense.ts";
import { type DenseLayer, tapsOf } from "./dense-layer.ts";
import { blocksOf } from "./grouped.ts";

/** Whether the transpose of a strided convolution is computed at the size of its output, and spread afterwards. */
const spreadsLast = ({ kernel, pad }: ConvolutionNode) => kernel.every((side) => side === 1) && pad.every((pixels) => pixels === 0);

/**
 * The dense layer that brings the gradient of a convolution's output to its input: of stride 1, on the output's pixels spread by the
 * stride.
 */
function transposedLayer(batch: number, node: ConvolutionNode): DenseLayer {
  const [height, width, channels] = inputShape(node);
  const [outHeight, outWidth, outputs] = node.shape;
  const { label, kernel, stride, dilation, pad } = node;
  const spread = (axis: 0 | 1) => (spreadsLast(node) ? node.shape[axis] : (node.shape[axis] - 1) * stride[axis] + 1);
  const before = (axis: 0 | 1) => dilation[axis] * (kernel[axis] - 1) - pad[axis];
  const [toHeight, toWidth] = spreadsLast(node) ? [outHeight, outWidth] : [height, width];
  return {
    ...{ label: `${label} transposed`, batch, height: spread(0), width: spread(1), channels4: vectors(outputs) },
    ...{ outHeight: toHeight, outWidth: toWidth, outputs4: vectors(channels), kernel, stride: [1, 1], dilation },
    ...{ pad: [before(0), before(1)], blocks: blocksOf(node) },
    flops: (2 * batch * toHeight * toWidth * channels * tapsOf(node) * outputs) / node.groups,
  };
}

/** Appends the gradient of a dense convolution's image, plus what `residual` is. */
export function appendDenseTransposed(step: Backward<ConvolutionNode>, gradient: Tensor, out: Tensor, residual?: Tensor): void {
  const { plan, kernels, batch, precision, op } = step;
  const { node } = op;
  const layer = transposedLayer(batch, node);
  const weights = step.weights?.transposed as PackedWeights;
  const { height, width, channels4 } = inputSizes(batch, node);
  const [outHeight, outWidth] = node.shape;
  const [stride_y, stride_x] = node.stride;
  const spread = (image: Tensor, size: { height: number; width: number; channels4: number }, to: Tensor, added?: Tensor) =>
    plan.dispatch(kernels.dilate, {
      label: `${node.label} spread`,
      bindings: { image, residual: added ?? plan.engine.nothing, out: to },
      uniforms: {
        ...{ lines: batch * size.height, height: outHeight, width: outWidth, channels4: size.channels4 },
        ...{ out_height: size.height, out_width: size.width, stride_y, stride_x, has_residual: added ? 1 : 0 },
      },
      threads: [size.channels4, size.width, batch * size.height],
    });
  if (stride_y * stride_x === 1) {
    appendDense(plan, layer, { image: gradient, weights, residual, out }, precision);
  } else if (spreadsLast(node)) {
    const small = plan.temporary(`${node.label} gradient`, [batch, outHeight, outWidth, channels4 * 4]);
    appendDense(plan, layer, { image: gradient, weights, residual: undefined, out: small }, precision);
    spread(small, { height, width, channels4 }, out, residual);
  } else {
    const large = plan.temporary(`${node.label} spread`, [batch, layer.height, layer.width, layer.channels4 * 4]);
    spread(gradient, layer, large);
    appendDense(plan, layer, { image: large, weights, residual, out }, precision);
  }
}

/** Weights with inputs and outputs exchanged and the taps in reverse order, and what the layer's variants make of them. */
export async function transposeConvolution(request: WeightsRequest<ConvolutionNode>): Promise<PackedWeights> {
  const { engine, kernels, node, weights, precision, lean } = request;
  const layer = transposedLayer(1, node);
  const { channels4: outputs4, outputs4: inputs4, label } = layer;
  const { blocks = 1 } = layer;
  const taps = tapsOf(layer);
  const [blockInputs4, blockOutputs4] = [inputs4 / blocks, outputs4 / blocks];
  const made = await makeWeights(engine, label, { rows: taps * blockOutputs4 * 4, outputs4: inputs4, precision }, (plan, to) => {
    for (const { matrix, first4, columns4 } of weights.parts) {
      plan.dispatch(kernels.transposeWeights, {
        label,
        bindings: { weights: matrix, transposed: to.matrix },
        constants: { Weight: precision },
        uniforms: {
          ...{ taps, inputs4: blockInputs4, columns4: columns4 / blocks, matrix_columns4: columns4 },
          ...{ outputs4: blockOutputs4, out_columns4: to.columns4, first_input4: to.first4, first_output4: first4 },
        },
        threads: [to.columns4, (taps * columns4) / blocks],
      });
    }
  });
  return lean || blocks > 1 ? made : transformWanted(engine, layer, made, precision);
}
