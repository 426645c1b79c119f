/** Lists the ways to compute a layer, for runs with --variants. */
import type { Engine } from "../src/engine/engine.ts";
import { standardVariant, variantsFor } from "../src/ops/dense/dense.ts";
import type { DenseLayer, Variant } from "../src/ops/dense/dense-layer.ts";
import type { PackedWeights, Precision } from "../src/ops/packed-weights.ts";
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
  const first = standardVariant(engine, layer, weights, precision);
  const direct = variantsFor(layer).filter((variant) => variant !== first && !variant.transform && variant.fits(engine, layer, weights));
  const choices: Choice[] = [first, ...direct].map((variant) => ({ variant, weights }));
  for (const variant of variantsFor(layer)) {
    const { transform } = variant;
    if (!transform?.suits(engine, layer, precision)) continue;
    const planes = scope.own(await transform.make(engine, layer, weights, precision));
    choices.push({ variant, weights: { ...weights, [transform.name]: planes } });
  }
  return choices;
}
