import type { Engine } from "../engine/engine.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { DenseLayer, DenseTensors, Variant } from "./dense-layer.ts";
import { register, tiled } from "./dense-register.ts";
import { split, subgroup } from "./dense-subgroup.ts";
import type { Precision } from "./pack.ts";
import { winograd } from "./winograd.ts";

/** Ways to compute a dense layer, the first that fits is taken: CPUs like large register tiles and no barriers, GPUs workgroup memory. */
const ON_CPU: readonly Variant[] = [winograd, subgroup, register];
const ON_GPU: readonly Variant[] = [split, tiled];

export function variantsFor({ adapter }: Engine): readonly Variant[] {
  return adapter.software ? ON_CPU : ON_GPU;
}

/** Appends the layer in the first way that fits. */
export function appendDense(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const variant = variantsFor(plan.engine).find(({ fits }) => fits(plan.engine, layer, tensors.weights)) as Variant;
  variant.append(plan, layer, tensors, precision);
}
