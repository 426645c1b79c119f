/** What Winograd's algorithms compute: transformed weights, and the layer in chunks of tiles. */
import type { Engine } from "../../engine/engine.ts";
import { PlanBuilder } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import * as kernels from "../../shaders/index.ts";
import { constantsOf, parametersOf } from "../activation-functions.ts";
import { matrixOf } from "../convolution.ts";
import { type PackedWeights, PLANES, type Precision, type TransformName } from "../packed-weights.ts";
import { type DenseLayer, type DenseTensors, outUniforms } from "./dense-layer.ts";
import { rowTiles } from "./dense-subgroup.ts";

/** Tiles of `side` x `side` outputs. `operations`: additions and multiplications of a tile's transforms. */
const ALGORITHMS = {
  winograd: {
    ...{ side: 2, operations: { input: 32, output: 24 } },
    ...{ input: kernels.winogradInput, weights: kernels.winogradWeights, output: kernels.winogradOutput },
  },
  winograd4: {
    ...{ side: 4, operations: { input: 240, output: 170 } },
    ...{ input: kernels.winograd4Input, weights: kernels.winograd4Weights, output: kernels.winograd4Output },
  },
} as const;

/** Bytes that the transformed tiles of a chunk may take; their products take as much again for as many channels. */
const CHUNK = 32 << 20;

/** The planes of weights, channels x columns each, that the algorithm multiplies with. Throws OUT_OF_MEMORY, LIMIT. */
export async function transform(
  engine: Engine,
  name: TransformName,
  { channels4, outputs4, label }: DenseLayer,
  weights: PackedWeights,
  precision: Precision,
): Promise<Tensor> {
  const planes = engine.tensor(`${label} planes`, [PLANES[name], channels4 * 4, outputs4 * 4], undefined, precision);
  const plan = new PlanBuilder(engine, "load");
  plan.dispatch(ALGORITHMS[name].weights, {
    label,
    bindings: { weights: matrixOf(weights), planes },
    constants: { Weight: precision },
    uniforms: { channels: channels4 * 4, columns4: outputs4 },
    threads: [outputs4, channels4 * 4],
  });
  await plan.once();
  return planes;
}

/** As many tiles at a time as the temporaries hold: transformed, multiplied and transformed back. */
export function appendChunks(plan: PlanBuilder, name: TransformName, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const { image, residual, out, into, weights } = tensors;
  const { side, operations, input, output } = ALGORITHMS[name];
  const planes = PLANES[name];
  const { channels4, outputs4, batch, outHeight, outWidth, label } = layer;
  const [pad_top, pad_left] = layer.pad;
  const [tiles_y, tiles_x] = [Math.ceil(outHeight / side), Math.ceil(outWidth / side)];
  const all = batch * tiles_y * tiles_x;
  const most = Math.min(all, Math.floor(CHUNK / (planes * 16 * Math.max(channels4, outputs4))));
  const tiles = plan.temporary(`${label} tiles`, [planes, most, channels4 * 4]);
  const products = plan.temporary(`${label} products`, [planes, most, outputs4 * 4]);
  for (let first_tile = 0; first_tile < all; first_tile += most) {
    const count = Math.min(most, all - first_tile);
    const numbering = { count, first_tile, tiles_y, tiles_x };
    plan.dispatch(input, {
      label: `${label}, tiles`,
      bindings: { image, tiles },
      uniforms: { ...numbering, height: layer.height, width: layer.width, channels4, pad_top, pad_left },
      threads: [channels4, count],
      flops: count * channels4 * 4 * operations.input,
    });
    appendProducts(plan, layer, { tiles, weights: weights[name] as Tensor, products }, planes, count, precision);
    plan.dispatch(output, {
      label: `${label}, outputs`,
      bindings: { products, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
      uniforms: {
        ...{ ...numbering, out_height: outHeight, out_width: outWidth, columns4: outputs4, ...outUniforms(layer, into) },
        ...{ has_residual: residual ? 1 : 0, ...parametersOf(layer.activation) },
      },
      constants: constantsOf(layer.activation),
      threads: [outputs4, count],
      flops: count * outputs4 * 4 * operations.output,
    });
  }
}

/** A matrix product for every plane. */
function appendProducts(
  plan: PlanBuilder,
  { label, channels4, outputs4 }: DenseLayer,
  { tiles, weights, products }: { tiles: Tensor; weights: Tensor; products: Tensor },
  planes: number,
  count: number,
  precision: Precision,
): void {
  const { nothing, lanes = 1 } = plan.engine;
  const { COLUMNS, threads } = rowTiles(lanes, outputs4, count, planes);
  plan.dispatch(kernels.convRows, {
    label,
    bindings: { image: tiles, weights, bias: nothing, residual: nothing, out: products },
    constants: { LANES: lanes, COLUMNS, Weight: precision },
    uniforms: {
      ...{ rows: count, height: 1, width: 1, channels4, out_height: 1, out_width: 1 },
      ...{
        columns4: outputs4,
        out_columns4: outputs4,
        out_first4: 0,
        first4: 0,
        kernel_y: 1,
        kernel_x: 1,
        stride_y: 1,
        stride_x: 1,
        pad_top: 0,
        pad_left: 0,
      },
      ...{ has_bias: 0, has_residual: 0, ...parametersOf(undefined) },
      ...{ image_step: count * channels4, weights_step: channels4 * 4 * outputs4, out_step: count * outputs4 },
    },
    threads,
    flops: 2 * planes * count * channels4 * 4 * outputs4 * 4,
  });
}
