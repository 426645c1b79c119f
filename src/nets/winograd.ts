import type { Engine } from "../engine/engine.ts";
import { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import * as kernels from "../shaders/index.ts";
import { bounds, type DenseLayer, type Variant } from "./dense-layer.ts";
import { subgroupThreads } from "./dense-subgroup.ts";
import { disposeWeights, type PackedWeights, type Precision, type WeightPart } from "./pack.ts";

const suits = ({ kernel, stride }: DenseLayer) => kernel === 3 && stride === 1;

/** Channels from which on the products saved are worth the transforms on a software adapter. */
const FEWEST_VECTORS = 16;

/** Whether a layer goes by Winograd's algorithm: where that was measured to be faster. */
export function prefersWinograd({ adapter, lanes }: Engine, layer: DenseLayer): boolean {
  return adapter.software && lanes !== undefined && suits(layer) && Math.min(layer.channels4, layer.outputs4) >= FEWEST_VECTORS;
}

/** The 16 planes of weights that the algorithm multiplies with. Throws OUT_OF_MEMORY, LIMIT. */
export async function transformWeights(engine: Engine, layer: DenseLayer, { parts }: PackedWeights, precision: Precision): Promise<Tensor> {
  const { channels4, outputs4, label } = layer;
  const [{ matrix }] = parts as [WeightPart];
  const planes = engine.tensor(`${label} planes`, [16, channels4 * 4, outputs4 * 4], undefined, precision);
  const plan = new PlanBuilder(engine, "load");
  plan.dispatch(kernels.winogradWeights, {
    label,
    bindings: { weights: matrix, planes },
    constants: { Weight: precision },
    uniforms: { channels: channels4 * 4, columns4: outputs4 },
    threads: [outputs4, channels4 * 4],
  });
  await plan.once();
  return planes;
}

/** The weights with those that Winograd's algorithm takes, where the layer is to go by it. Frees them where that fails. */
export async function withPlanes(engine: Engine, layer: DenseLayer, weights: PackedWeights, precision: Precision): Promise<PackedWeights> {
  if (!prefersWinograd(engine, layer)) return weights;
  try {
    return { ...weights, winograd: await transformWeights(engine, layer, weights, precision) };
  } catch (error) {
    disposeWeights(weights);
    throw error;
  }
}

/** Bytes that the transformed tiles of a chunk may take; their products take as much again for as many channels. */
const WINOGRAD_CHUNK = 32 << 20;

/** Winograd's F(2x2, 3x3): 2.25 times fewer multiplications, for two transforms and more memory. */
export const winograd: Variant = {
  name: "winograd",
  fits: ({ lanes }, layer, { winograd: planes }) => lanes !== undefined && suits(layer) && planes !== undefined,
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
          ...{ kernel: 1, stride: 1, pad_top: 0, pad_left: 0, has_bias: 0, has_residual: 0, ...bounds(undefined) },
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
