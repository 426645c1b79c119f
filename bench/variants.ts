import type { Engine } from "../src/engine/engine.ts";
import { preferredVariant } from "../src/nets/dense.ts";
import type { DenseLayer, Variant } from "../src/nets/dense-layer.ts";
import { register, tiled } from "../src/nets/dense-register.ts";
import { narrow, split, subgroup } from "../src/nets/dense-subgroup.ts";
import type { PackedWeights, Precision } from "../src/nets/pack.ts";
import { winograd, winograd4 } from "../src/nets/winograd.ts";
import type { Scope } from "./scope.ts";

/** A way to compute a dense layer, with the weights that it takes. */
export interface Choice {
  readonly variant: Variant;
  readonly weights: PackedWeights;
}

/** Every way to compute a dense layer here: by direct sums, the engine's own choice first, then by transformed tiles, whose planes join `scope`. */
export async function choicesOf(
  engine: Engine,
  layer: DenseLayer,
  weights: PackedWeights,
  precision: Precision,
  scope: Scope,
): Promise<Choice[]> {
  const first = preferredVariant(engine, layer, weights);
  const others = [narrow, subgroup, split, register, tiled].filter((variant) => variant !== first && variant.fits(engine, layer, weights));
  const choices: Choice[] = [first, ...others].map((variant) => ({ variant, weights }));
  for (const variant of [winograd, winograd4].filter(({ suits }) => suits(engine, layer, precision))) {
    const planes = scope.own(await variant.transform(engine, layer, weights, precision));
    choices.push({ variant, weights: { ...weights, winograd: planes } });
  }
  return choices;
}
