import type { Engine } from "../engine/engine.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { DenseLayer, DenseTensors, Variant } from "./dense-layer.ts";
import { register, tiled } from "./dense-register.ts";
import { narrow, split, subgroup } from "./dense-subgroup.ts";
import type { PackedWeights, Precision } from "./pack.ts";
import { winograd, winograd4 } from "./winograd.ts";

/** Ways to compute a dense layer, the first that fits is taken: CPUs like large register tiles and no barriers, GPUs workgroup memory. */
const ON_CPU: readonly Variant[] = [winograd4, winograd, narrow, subgroup, register];
const ON_GPU: readonly Variant[] = [split, tiled];

/** The first way that fits the device, the layer and its weights. */
export function preferredVariant(engine: Engine, layer: DenseLayer, weights: PackedWeights): Variant {
  const variants = engine.adapter.software ? ON_CPU : ON_GPU;
  return variants.find(({ fits }) => fits(engine, layer, weights)) as Variant;
}

/** Appends the layer in the way that is preferred. */
export function appendDense(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  preferredVariant(plan.engine, layer, tensors.weights).append(plan, layer, tensors, precision);
}
