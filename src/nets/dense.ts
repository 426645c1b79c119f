import type { PlanBuilder } from "../engine/plan.ts";
import type { DenseLayer, DenseTensors, Variant } from "./dense-layer.ts";
import { register, tiled } from "./dense-register.ts";
import { narrow, split, subgroup } from "./dense-subgroup.ts";
import type { Precision } from "./pack.ts";
import { winograd } from "./winograd.ts";

/** Ways to compute a dense layer, the first that fits is taken: CPUs like large register tiles and no barriers, GPUs workgroup memory. */
const ON_CPU: readonly Variant[] = [winograd, narrow, subgroup, register];
const ON_GPU: readonly Variant[] = [split, tiled];

/** Appends the layer in the first way that fits. */
export function appendDense(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const { engine } = plan;
  const variants = engine.adapter.software ? ON_CPU : ON_GPU;
  const variant = variants.find(({ fits }) => fits(engine, layer, tensors.weights)) as Variant;
  variant.append(plan, layer, tensors, precision);
}
