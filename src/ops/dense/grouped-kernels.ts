/** Computes convolutions whose blocks of channels do not meet. */
import type { PlanBuilder } from "../../engine/plan.ts";
import * as kernels from "../../shaders/index.ts";
import { constantsOf } from "../activation-functions.ts";
import { matrixOf } from "../convolution.ts";
import type { Precision } from "../packed-weights.ts";
import { convUniforms, type DenseLayer, type DenseTensors, outUniforms } from "./dense-layer.ts";

/** All blocks in one dispatch, two columns a thread where blocks have an even number of them. */
export function appendGrouped(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const { image, residual, out, into, weights } = tensors;
  const { blocks = 1, channels4, outputs4, dilation = [1, 1] } = layer;
  const block_columns4 = outputs4 / blocks;
  const TILE_COLUMNS = block_columns4 % 2 === 0 ? 2 : 1;
  const lines = layer.batch * layer.outHeight;
  plan.dispatch(kernels.convGrouped, {
    label: layer.label,
    bindings: { image, weights: matrixOf(weights), bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
    constants: { Weight: precision, TILE_COLUMNS, ...constantsOf(layer.activation) },
    uniforms: {
      ...{ lines, ...convUniforms(layer), dilation_y: dilation[0], dilation_x: dilation[1] },
      ...{
        columns4: outputs4,
        ...outUniforms(layer, into),
        block_inputs4: channels4 / blocks,
        block_columns4,
        has_residual: residual ? 1 : 0,
      },
    },
    threads: [outputs4 / TILE_COLUMNS, Math.ceil(layer.outWidth / kernels.convGrouped.constants.TILE_PIXELS), lines],
    flops: layer.flops,
  });
}
