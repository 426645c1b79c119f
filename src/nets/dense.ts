import type { Engine } from "../engine/engine.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";
import type { PackedWeights, Precision, WeightPart } from "./pack.ts";

/** A dense layer for one batch, as its kernels see it: a linear layer is a 1x1 convolution of images of one pixel. */
export interface DenseLayer {
  readonly label: string;
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly channels4: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outputs4: number;
  readonly kernel: number;
  readonly stride: number;
  readonly pad: readonly [top: number, left: number];
  readonly low: number;
  readonly high: number;
  readonly flops: number;
}

export interface DenseTensors {
  readonly image: Tensor;
  readonly weights: PackedWeights;
  readonly residual: Tensor | undefined;
  readonly out: Tensor;
}

/** One way to compute a dense layer. */
export interface Variant {
  readonly name: string;
  /** Whether the device and the layer allow it. */
  fits(engine: Engine, layer: DenseLayer): boolean;
  append(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void;
}

/** Fewer rows than this leave most of a subgroup's tile empty. */
const SUBGROUP_ROWS = 8;

const isProduct = ({ kernel, stride }: DenseLayer) => kernel === 1 && stride === 1;
const rowsOf = ({ batch, outHeight, outWidth }: DenseLayer) => batch * outHeight * outWidth;

/** Every part of the weights with its share of the work. */
function eachPart({ weights }: DenseTensors, { outputs4, flops }: DenseLayer, append: (part: WeightPart, flops: number) => void): void {
  for (const part of weights.parts) append(part, (flops * part.columns4) / outputs4);
}

/** Register tiles without workgroup memory; products and convolutions have a kernel each. */
const register: Variant = {
  name: "register",
  fits: (_, layer) => isProduct(layer) || layer.kernel > 0,
  append(plan, layer, tensors, precision) {
    if (isProduct(layer)) appendMatmul(plan, layer, tensors, precision);
    else appendConv(plan, layer, tensors, precision);
  },
};

function appendMatmul(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const { image, residual, out, weights } = tensors;
  const { TILE_COLUMNS, TILE_ROWS } = kernels.matmul.constants;
  const rows = rowsOf(layer);
  eachPart(tensors, layer, ({ matrix, first4, columns4 }, flops) => {
    plan.dispatch(kernels.matmul, {
      label: layer.label,
      bindings: { a: image, b: matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
      constants: { Weight: precision },
      uniforms: {
        ...{ rows, inner4: layer.channels4, columns4, first4, out_columns4: layer.outputs4 },
        ...{ has_bias: 1, has_residual: residual ? 1 : 0, low: layer.low, high: layer.high },
      },
      threads: [Math.ceil(columns4 / TILE_COLUMNS), Math.ceil(rows / TILE_ROWS)],
      flops,
    });
  });
}

/** What both convolution kernels take. */
function convUniforms({ height, width, channels4, outHeight, outWidth, stride, pad, low, high }: DenseLayer) {
  const [pad_top, pad_left] = pad;
  return { height, width, channels4, out_height: outHeight, out_width: outWidth, stride, pad_top, pad_left, low, high };
}

function appendConv(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const { image, residual, out, weights } = tensors;
  const { TILE_COLUMNS, TILE_ROWS } = kernels.conv.constants;
  const rows = rowsOf(layer);
  const [{ matrix }] = weights.parts as [WeightPart];
  plan.dispatch(kernels.conv, {
    label: layer.label,
    bindings: { image, weights: matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
    constants: { Weight: precision },
    uniforms: {
      ...{ rows, ...convUniforms(layer), columns4: layer.outputs4, kernel_y: layer.kernel, kernel_x: layer.kernel },
      ...{ has_bias: 1, has_residual: residual ? 1 : 0 },
    },
    threads: [Math.ceil(layer.outputs4 / TILE_COLUMNS), Math.ceil(rows / TILE_ROWS)],
    flops: layer.flops,
  });
}

/** Tiles of a whole subgroup, whose lanes share their loads. */
const subgroup: Variant = {
  name: "subgroup",
  fits: ({ lanes }, layer) => lanes !== undefined && rowsOf(layer) >= SUBGROUP_ROWS,
  append(plan, layer, tensors, precision) {
    const { image, residual, out, weights } = tensors;
    const lanes = plan.engine.lanes as number;
    const rows = rowsOf(layer);
    eachPart(tensors, layer, ({ matrix, first4, columns4 }, flops) => {
      plan.dispatch(kernels.convSubgroup, {
        label: layer.label,
        bindings: { image, weights: matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
        constants: { LANES: lanes, Weight: precision },
        uniforms: {
          ...{ rows, ...convUniforms(layer), columns4, first4, out_columns4: layer.outputs4, kernel: layer.kernel },
          has_residual: residual ? 1 : 0,
        },
        threads: [Math.ceil(columns4 / (2 * lanes)) * lanes, Math.ceil(rows / 16)],
        flops,
      });
    });
  },
};

/** In order of preference where nothing was measured. */
export const VARIANTS: readonly Variant[] = [subgroup, register];

/** Appends the layer in the first variant that fits. */
export function appendDense(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const variant = VARIANTS.find(({ fits }) => fits(plan.engine, layer)) as Variant;
  variant.append(plan, layer, tensors, precision);
}
