/** Ways to compute 3x3 layers by Winograd's algorithms, which trade multiplications for memory. */
import type { Engine } from "../../engine/engine.ts";
import { PLANES, type Precision, type TransformName } from "../packed-weights.ts";
import { type DenseLayer, isCompact, type Transform, type Variant } from "./dense-layer.ts";

type WinogradVariant = Variant & { readonly transform: Transform };

/** What computes is loaded when a layer's weights are first transformed, before which neither way fits. */
let kernels: typeof import("./winograd-kernels.ts");

/** Winograd's F(2x2, 3x3): 2.25 times fewer multiplications, for two transforms and more memory. */
export const winograd = variantOf("winograd");

/** Winograd's F(4x4, 3x3): 4 times fewer multiplications and smaller temporaries, for larger weights and rounding errors. */
export const winograd4 = variantOf("winograd4");

function variantOf(name: TransformName): WinogradVariant {
  const variant: WinogradVariant = {
    name,
    fits: ({ lanes }, _, { [name]: made }) => lanes !== undefined && made !== undefined,
    append: (plan, layer, tensors, precision) => kernels.appendChunks(plan, name, layer, tensors, precision),
    transform: {
      name,
      suits({ lanes, largestTensor }, layer, precision) {
        const { kernel, stride, channels4, outputs4 } = layer;
        const is3x3 = isCompact(layer) && [...kernel, ...stride].join() === "3,3,1,1";
        const bytes = PLANES[name] * channels4 * outputs4 * 16 * (precision === "f16" ? 2 : 4);
        return lanes !== undefined && is3x3 && bytes <= largestTensor;
      },
      prefers: (engine, layer, precision) => preferredWinograd(engine, layer, precision) === variant,
      async make(engine, layer, weights, precision) {
        kernels = await import("./winograd-kernels.ts");
        return kernels.transform(engine, name, layer, weights, precision);
      },
    },
  };
  return variant;
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
