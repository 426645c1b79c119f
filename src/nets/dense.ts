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
  fits(engine: Engine, layer: DenseLayer, weights: PackedWeights): boolean;
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
  fits: () => true,
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

/** Uniforms of conv_subgroup for all of a product, in one slice. */
const WHOLE = { slice: 0, image_step: 0, weights_step: 0, out_step: 0 };
const NO_BOUNDS = { low: -3.4e38, high: 3.4e38 };
const SUBGROUP_TILE = 16;

function subgroupThreads(lanes: number, columns4: number, rows: number, slices = 1): [number, number, number] {
  return [Math.ceil(columns4 / (2 * lanes)) * lanes, Math.ceil(rows / SUBGROUP_TILE), slices];
}

/** A bit of a word for every tap. */
const fitsSubgroup = ({ lanes }: Engine, layer: DenseLayer) => lanes !== undefined && layer.kernel <= 5;

/** Tiles of a whole subgroup, whose lanes share their loads. */
const subgroup: Variant = {
  name: "subgroup",
  fits: (engine, layer) => fitsSubgroup(engine, layer) && rowsOf(layer) >= SUBGROUP_ROWS,
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
          ...{ rows, ...convUniforms(layer), ...WHOLE, columns4, first4, out_columns4: layer.outputs4, kernel: layer.kernel },
          ...{ has_bias: 1, has_residual: residual ? 1 : 0 },
        },
        threads: subgroupThreads(lanes, columns4, rows),
        flops,
      });
    });
  },
};

/** Subgroups that a GPU needs to be busy, and the fewest inner vec4s that are worth a slice. */
const BUSY = 512;
const SHORTEST_SLICE = 16;

/** Subgroup tiles of a product whose inner dimension is cut into slices, for grids that would starve a GPU. */
const split: Variant = {
  name: "split",
  fits(engine, layer) {
    const [x, y] = subgroupThreads(engine.lanes ?? 1, layer.outputs4, rowsOf(layer));
    const inner = layer.kernel ** 2 * layer.channels4;
    return fitsSubgroup(engine, layer) && (x / (engine.lanes ?? 1)) * y < BUSY / 2 && inner >= 2 * SHORTEST_SLICE;
  },
  append(plan, layer, tensors, precision) {
    const { image, residual, out, weights } = tensors;
    const lanes = plan.engine.lanes as number;
    const rows = rowsOf(layer);
    const inner = layer.kernel ** 2 * layer.channels4;
    const [x, y] = subgroupThreads(lanes, layer.outputs4, rows);
    const wanted = Math.min(Math.ceil(BUSY / ((x / lanes) * y)), Math.floor(inner / SHORTEST_SLICE));
    const slice = Math.ceil(inner / wanted);
    const slices = Math.ceil(inner / slice);
    const sums = plan.temporary(`${layer.label} slices`, [slices, rows, layer.outputs4 * 4]);
    eachPart(tensors, layer, ({ matrix, first4, columns4 }, flops) => {
      plan.dispatch(kernels.convSubgroup, {
        label: layer.label,
        bindings: { image, weights: matrix, bias: plan.engine.nothing, residual: plan.engine.nothing, out: sums },
        constants: { LANES: lanes, Weight: precision },
        uniforms: {
          ...{ rows, ...convUniforms(layer), ...NO_BOUNDS, columns4, first4, out_columns4: layer.outputs4, kernel: layer.kernel },
          ...{ has_bias: 0, has_residual: 0, slice, image_step: 0, weights_step: 0, out_step: rows * layer.outputs4 },
        },
        threads: subgroupThreads(lanes, columns4, rows, slices),
        flops,
      });
    });
    plan.dispatch(kernels.combineSlices, {
      label: `${layer.label}, slices`,
      bindings: { slices: sums, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
      uniforms: { slices, rows, columns4: layer.outputs4, has_residual: residual ? 1 : 0, low: layer.low, high: layer.high },
      threads: [layer.outputs4, rows],
      flops: slices * rows * layer.outputs4 * 4,
    });
  },
};

/** Tiles in workgroup memory. */
const tiled: Variant = {
  name: "tiled",
  fits: () => true,
  append(plan, layer, tensors, precision) {
    const { image, residual, out, weights } = tensors;
    const { COLUMNS, ROWS } = kernels.convTiled.constants;
    const rows = rowsOf(layer);
    eachPart(tensors, layer, ({ matrix, first4, columns4 }, flops) => {
      plan.dispatch(kernels.convTiled, {
        label: layer.label,
        bindings: { image, weights: matrix, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
        constants: { Weight: precision },
        uniforms: {
          ...{ rows, ...convUniforms(layer), columns4, first4, out_columns4: layer.outputs4, kernel: layer.kernel },
          has_residual: residual ? 1 : 0,
        },
        threads: [Math.ceil(columns4 / COLUMNS) * COLUMNS, Math.ceil(rows / ROWS) * 8],
        flops,
      });
    });
  },
};

/** Bytes that the transformed tiles of a chunk may take; their products take as much again for as many channels. */
const WINOGRAD_CHUNK = 32 << 20;

/** Winograd's F(2x2, 3x3): 2.25 times fewer multiplications, for two transforms and more memory. */
const winograd: Variant = {
  name: "winograd",
  fits: (engine, { kernel, stride }, { winograd: planes }) =>
    engine.lanes !== undefined && kernel === 3 && stride === 1 && planes !== undefined,
  append(plan, layer, { image, residual, out, weights }, precision) {
    const lanes = plan.engine.lanes as number;
    const { channels4, outputs4, batch, outHeight, outWidth } = layer;
    const [pad_top, pad_left] = layer.pad;
    const [tiles_y, tiles_x] = [Math.ceil(outHeight / 2), Math.ceil(outWidth / 2)];
    const all = batch * tiles_y * tiles_x;
    const most = Math.min(all, Math.floor(WINOGRAD_CHUNK / (16 * 16 * Math.max(channels4, outputs4))));
    const tiles = plan.temporary(`${layer.label} tiles`, [16, most, channels4 * 4]);
    const products = plan.temporary(`${layer.label} products`, [16, most, outputs4 * 4]);
    for (let first_tile = 0; first_tile < all; first_tile += most) {
      const count = Math.min(most, all - first_tile);
      const numbering = { count, first_tile, tiles_y, tiles_x };
      plan.dispatch(kernels.winogradInput, {
        label: `${layer.label}, tiles`,
        bindings: { image, tiles },
        uniforms: { ...numbering, height: layer.height, width: layer.width, channels4, pad_top, pad_left },
        threads: [channels4, count],
        flops: count * channels4 * 4 * 32,
      });
      plan.dispatch(kernels.convSubgroup, {
        label: layer.label,
        bindings: {
          image: tiles,
          weights: weights.winograd as Tensor,
          bias: plan.engine.nothing,
          residual: plan.engine.nothing,
          out: products,
        },
        constants: { LANES: lanes, Weight: precision },
        uniforms: {
          ...{
            rows: count,
            height: 1,
            width: 1,
            channels4,
            out_height: 1,
            out_width: 1,
            columns4: outputs4,
            out_columns4: outputs4,
            first4: 0,
          },
          ...{ kernel: 1, stride: 1, pad_top: 0, pad_left: 0, has_bias: 0, has_residual: 0, ...NO_BOUNDS },
          ...{ slice: 0, image_step: count * channels4, weights_step: channels4 * 4 * outputs4, out_step: count * outputs4 },
        },
        threads: subgroupThreads(lanes, outputs4, count, 16),
        flops: 2 * 16 * count * channels4 * 4 * outputs4 * 4,
      });
      plan.dispatch(kernels.winogradOutput, {
        label: `${layer.label}, outputs`,
        bindings: { products, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
        uniforms: {
          ...{ ...numbering, out_height: outHeight, out_width: outWidth, columns4: outputs4 },
          ...{ has_residual: residual ? 1 : 0, low: layer.low, high: layer.high },
        },
        threads: [outputs4, count],
        flops: count * outputs4 * 4 * 24,
      });
    }
  },
};

/** In order of preference where nothing was measured. */
export const VARIANTS: readonly Variant[] = [subgroup, register, winograd, split, tiled];

/** Appends the layer in the variant of this name, or in the first that fits. */
export function appendDense(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision, choice?: string): void {
  const fitting = VARIANTS.filter(({ fits }) => fits(plan.engine, layer, tensors.weights));
  const variant = fitting.find(({ name }) => name === choice) ?? (fitting[0] as Variant);
  variant.append(plan, layer, tensors, precision);
}
