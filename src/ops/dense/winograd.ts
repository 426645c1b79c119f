/** Ways to compute 3x3 layers by Winograd's algorithms, which trade multiplications for memory. */
import type { Engine } from "../../engine/engine.ts";
import { PlanBuilder } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import * as kernels from "../../shaders/index.ts";
import { bounds } from "../activation.ts";
import type { PackedWeights, Precision, TransformName, WeightPart } from "../packed-weights.ts";
import type { DenseLayer, DenseTensors, Transform, Variant } from "./dense-layer.ts";
import { subgroupThreads } from "./dense-subgroup.ts";

/** One of Winograd's algorithms: tiles of `side` x `side` outputs, for which `planes` products are made. */
interface Algorithm {
  readonly name: TransformName;
  readonly side: number;
  readonly planes: number;
  /** Additions and multiplications of a tile's transforms. */
  readonly operations: { readonly input: number; readonly output: number };
  readonly input: typeof kernels.winogradInput | typeof kernels.winograd4Input;
  readonly weights: typeof kernels.winogradWeights | typeof kernels.winograd4Weights;
  readonly output: typeof kernels.winogradOutput | typeof kernels.winograd4Output;
}

type WinogradVariant = Variant & { readonly transform: Transform };

/** Bytes that the transformed tiles of a chunk may take; their products take as much again for as many channels. */
const CHUNK = 32 << 20;

/** Winograd's F(2x2, 3x3): 2.25 times fewer multiplications, for two transforms and more memory. */
export const winograd = variantOf({
  ...{ name: "winograd", side: 2, planes: 16, operations: { input: 32, output: 24 } },
  ...{ input: kernels.winogradInput, weights: kernels.winogradWeights, output: kernels.winogradOutput },
});

/** Winograd's F(4x4, 3x3): 4 times fewer multiplications and smaller temporaries, for larger weights and rounding errors. */
export const winograd4 = variantOf({
  ...{ name: "winograd4", side: 4, planes: 36, operations: { input: 240, output: 170 } },
  ...{ input: kernels.winograd4Input, weights: kernels.winograd4Weights, output: kernels.winograd4Output },
});

function variantOf(algorithm: Algorithm): WinogradVariant {
  const { name, planes } = algorithm;
  const variant: WinogradVariant = {
    name,
    fits: ({ lanes }, _, { [name]: made }) => lanes !== undefined && made !== undefined,
    append: (plan, layer, tensors, precision) => appendChunks(plan, algorithm, layer, tensors, precision),
    transform: {
      name,
      suits({ lanes, largestTensor }, { kernel, stride, channels4, outputs4 }, precision) {
        const bytes = planes * channels4 * outputs4 * 16 * (precision === "f16" ? 2 : 4);
        return lanes !== undefined && kernel === 3 && stride === 1 && bytes <= largestTensor;
      },
      prefers: (engine, layer, precision) => preferredWinograd(engine, layer, precision) === variant,
      make: (engine, layer, weights, precision) => transform(engine, algorithm, layer, weights, precision),
    },
  };
  return variant;
}

/** The planes of weights, channels x columns each, that the algorithm multiplies with. Throws OUT_OF_MEMORY, LIMIT. */
async function transform(
  engine: Engine,
  { planes: count, weights: kernel }: Algorithm,
  { channels4, outputs4, label }: DenseLayer,
  { parts }: PackedWeights,
  precision: Precision,
): Promise<Tensor> {
  const [{ matrix }] = parts as [WeightPart];
  const planes = engine.tensor(`${label} planes`, [count, channels4 * 4, outputs4 * 4], undefined, precision);
  const plan = new PlanBuilder(engine, "load");
  plan.dispatch(kernel, {
    label,
    bindings: { weights: matrix, planes },
    constants: { Weight: precision },
    uniforms: { channels: channels4 * 4, columns4: outputs4 },
    threads: [outputs4, channels4 * 4],
  });
  await plan.once();
  return planes;
}

/** As many tiles at a time as the temporaries hold: transformed, multiplied and transformed back. */
function appendChunks(plan: PlanBuilder, algorithm: Algorithm, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const { image, residual, out, weights } = tensors;
  const { side, planes, operations } = algorithm;
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
    plan.dispatch(algorithm.input, {
      label: `${label}, tiles`,
      bindings: { image, tiles },
      uniforms: { ...numbering, height: layer.height, width: layer.width, channels4, pad_top, pad_left },
      threads: [channels4, count],
      flops: count * channels4 * 4 * operations.input,
    });
    appendProducts(plan, layer, { tiles, weights: weights[algorithm.name] as Tensor, products }, planes, count, precision);
    plan.dispatch(algorithm.output, {
      label: `${label}, outputs`,
      bindings: { products, bias: weights.bias, residual: residual ?? plan.engine.nothing, out },
      uniforms: {
        ...{ ...numbering, out_height: outHeight, out_width: outWidth, columns4: outputs4 },
        ...{ has_residual: residual ? 1 : 0, low: layer.low, high: layer.high },
      },
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
  plan.dispatch(kernels.convSubgroup, {
    label,
    bindings: { image: tiles, weights, bias: nothing, residual: nothing, out: products },
    constants: { LANES: lanes, Weight: precision },
    uniforms: {
      ...{ rows: count, height: 1, width: 1, channels4, out_height: 1, out_width: 1 },
      ...{ columns4: outputs4, out_columns4: outputs4, first4: 0, kernel: 1, stride: 1, pad_top: 0, pad_left: 0 },
      ...{ has_bias: 0, has_residual: 0, ...bounds(undefined) },
      ...{ slice: 0, image_step: count * channels4, weights_step: channels4 * 4 * outputs4, out_step: count * outputs4 },
    },
    threads: subgroupThreads(lanes, outputs4, count, planes),
    flops: 2 * planes * count * channels4 * 4 * outputs4 * 4,
  });
}

/** Vec4s of channels from which on the products saved are worth the transforms on a software adapter, by the side of the tiles. */
const FEWEST_VECTORS = { 2: 16, 4: 8 };
/** Rows of the products' tiles, which the tiles of one image should fill. */
const FEWEST_TILES = 16;

/** The algorithm that a layer uses unless it was tuned, as measured to be the fastest; undefined where direct sums are. */
export function preferredWinograd(engine: Engine, layer: DenseLayer, precision: Precision): WinogradVariant | undefined {
  if (!engine.adapter.software) return undefined;
  const vectors = Math.min(layer.channels4, layer.outputs4);
  const tiles = Math.ceil(layer.outHeight / 4) * Math.ceil(layer.outWidth / 4);
  // Planes in f16 are off by a thousandth, five times as much as direct sums and twice as much as the 16 of F(2x2, 3x3).
  const takes4 = precision === "f32" && vectors >= FEWEST_VECTORS[4] && tiles >= FEWEST_TILES;
  if (takes4 && winograd4.transform.suits(engine, layer, precision)) return winograd4;
  return vectors >= FEWEST_VECTORS[2] && winograd.transform.suits(engine, layer, precision) ? winograd : undefined;
}
