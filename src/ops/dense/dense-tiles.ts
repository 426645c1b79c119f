/** Ways to compute dense layers that need no subgroups: the ones that run on every adapter. */
import type { PlanBuilder } from "../../engine/plan.ts";
import * as kernels from "../../shaders/index.ts";
import { constantsOf, parametersOf } from "../activation-functions.ts";
import type { Precision } from "../packed-weights.ts";
import {
  type DenseLayer,
  type DenseTensors,
  eachPart,
  isCompact,
  isProduct,
  outUniforms,
  partUniforms,
  rowsOf,
  type Variant,
} from "./dense-layer.ts";

/** Register tiles without workgroup memory; products and convolutions have a kernel each. */
export const register: Variant = {
  name: "register",
  fits: () => true,
  append(plan, layer, tensors, precision) {
    if (isProduct(layer)) appendMatmul(plan, layer, tensors, precision);
    else appendConv(plan, layer, tensors, precision);
  },
};

function appendMatmul(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const { image, residual, out, into, weights } = tensors;
  const { TILE_COLUMNS, TILE_ROWS } = kernels.matmul.constants;
  const rows = rowsOf(layer);
  eachPart(tensors, layer, (part, flops) => {
    const { matrix, first4, columns4 } = part;
    plan.dispatch(kernels.matmul, {
      label: layer.label,
      bindings: { a: image, b: matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
      constants: { Weight: precision, ...constantsOf(layer.activation) },
      uniforms: {
        ...{ rows, inner4: layer.channels4, columns4, first4, ...outUniforms(layer, into, part) },
        ...{ has_bias: 1, has_residual: residual ? 1 : 0, ...parametersOf(layer.activation) },
      },
      threads: [Math.ceil(columns4 / TILE_COLUMNS), Math.ceil(rows / TILE_ROWS)],
      flops,
    });
  });
}

function appendConv(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const { image, residual, out, into, weights } = tensors;
  const { TILE_COLUMNS, TILE_ROWS } = kernels.conv.constants;
  const [dilation_y, dilation_x] = layer.dilation ?? [1, 1];
  const rows = rowsOf(layer);
  eachPart(tensors, layer, (part, flops) => {
    plan.dispatch(kernels.conv, {
      label: layer.label,
      bindings: { image, weights: part.matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
      constants: { Weight: precision, ...constantsOf(layer.activation) },
      uniforms: { ...partUniforms(layer, part, into), dilation_y, dilation_x, has_bias: 1, has_residual: residual ? 1 : 0 },
      threads: [Math.ceil(part.columns4 / TILE_COLUMNS), Math.ceil(rows / TILE_ROWS)],
      flops,
    });
  });
}

/** Tiles in workgroup memory. */
export const tiled: Variant = {
  name: "tiled",
  fits: (_, layer) => isCompact(layer),
  append(plan, layer, tensors, precision) {
    const { image, residual, out, into, weights } = tensors;
    const { COLUMNS, ROWS } = kernels.convTiled.constants;
    eachPart(tensors, layer, (part, flops) => {
      plan.dispatch(kernels.convTiled, {
        label: layer.label,
        bindings: { image, weights: part.matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
        constants: { Weight: precision, ...constantsOf(layer.activation) },
        uniforms: { ...partUniforms(layer, part, into), has_residual: residual ? 1 : 0 },
        threads: [Math.ceil(part.columns4 / COLUMNS) * COLUMNS, Math.ceil(rowsOf(layer) / ROWS) * 8],
        flops,
      });
    });
  },
};
