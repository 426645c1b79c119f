/** Chooses the way to compute each dense layer: measured to be the fastest, or usual on such an adapter. */
import type { Engine } from "../../engine/engine.ts";
import type { EngineError } from "../../engine/errors.ts";
import type { PlanBuilder } from "../../engine/plan.ts";
import type { Tensor } from "../../engine/tensor.ts";
import type { PackedWeights, Precision } from "../packed-weights.ts";
import { choiceKey, type DenseLayer, type DenseTensors, shapeKey, type Transform, type Variant } from "./dense-layer.ts";
import { rows, split, subgroup } from "./dense-subgroup.ts";
import { register, tiled } from "./dense-tiles.ts";
import { depthwiseLines, depthwiseTiles } from "./depthwise-variants.ts";
import { appendGrouped } from "./grouped.ts";
import { winograd, winograd4 } from "./winograd.ts";

/** Ways to compute a dense layer, the first that fits is taken: CPUs like large register tiles and no barriers, GPUs workgroup memory. */
const ON_CPU: readonly Variant[] = [winograd4, winograd, rows, subgroup, register];
const ON_GPU: readonly Variant[] = [split, tiled, register];
const DEPTHWISE_ON_CPU: readonly Variant[] = [depthwiseTiles, depthwiseLines];
const DEPTHWISE_ON_GPU: readonly Variant[] = [depthwiseLines, depthwiseTiles];
const ALL: readonly Variant[] = [...new Set([...ON_CPU, ...ON_GPU])];

/** Every way that there is for such a layer, for the tuner to measure. */
export const variantsFor = ({ depthwise }: Pick<DenseLayer, "depthwise">): readonly Variant[] => (depthwise ? DEPTHWISE_ON_GPU : ALL);

/** Appends the layer in the way that was measured to be the fastest, where one was and still fits, else in the standard one; blocks in their own. */
export function appendDense(plan: PlanBuilder, layer: DenseLayer, tensors: DenseTensors, precision: Precision): void {
  const { engine } = plan;
  const halves = [tensors.image, tensors.out].some(({ type }) => type === "f16");
  const choice = choiceFor(engine, layer, shapeKey(layer, precision, halves ? "f16" : "f32"));
  const chosen = variantsFor(layer).find(({ name, fits }) => name === choice && fits(engine, layer, tensors.weights));
  const append = (layer.blocks ?? 1) > 1 ? appendGrouped : (chosen ?? standardVariant(engine, layer, tensors.weights, precision)).append;
  append(plan, layer, tensors, precision);
}

/** The way that is taken unless another was measured to be faster: the first that fits. */
export function standardVariant(engine: Engine, layer: DenseLayer, weights: PackedWeights, precision: Precision): Variant {
  const onCpu = layer.depthwise ? DEPTHWISE_ON_CPU : ON_CPU;
  const variants = engine.adapter.software ? onCpu : layer.depthwise ? DEPTHWISE_ON_GPU : ON_GPU;
  const isStandard = ({ fits, prefers, transform }: Variant) =>
    fits(engine, layer, weights) && (prefers?.(layer) ?? transform?.prefers(engine, layer, precision) ?? true);
  return variants.find(isStandard) as Variant;
}

/** What was chosen for the layer's batch, else for the nearest one at most a quarter away. */
function choiceFor({ choices }: Engine, { batch }: DenseLayer, shape: string): string | undefined {
  for (let distance = 0; distance <= batch / 4; distance++) {
    const choice = choices.get(choiceKey(shape, batch - distance)) ?? choices.get(choiceKey(shape, batch + distance));
    if (choice !== undefined) return choice;
  }
  return undefined;
}

/**
 * The weights with the transformed ones that the layer's variants multiply with at any batch, and without the others, which are freed.
 * Transformed weights that exceed the memory are left out: the layer then takes another variant.
 */
export async function transformWanted(
  engine: Engine,
  layer: DenseLayer,
  weights: PackedWeights,
  precision: Precision,
  activations: Precision = "f32",
): Promise<PackedWeights> {
  let result = weights;
  for (const { name, transform } of variantsFor(layer)) {
    if (!transform) continue;
    const { [transform.name]: present, ...rest } = result;
    const wanted = transform.suits(engine, layer, precision) && isWanted(engine, name, transform, layer, precision, activations);
    if (!wanted) present?.dispose();
    const planes = wanted ? (present ?? (await tryTransform(engine, transform, layer, weights, precision))) : undefined;
    result = planes ? { ...rest, [transform.name]: planes } : rest;
  }
  return result;
}

/** Whether the variant was measured to be the fastest for some batch of the layer; if none was measured, whether it is the default. */
function isWanted(
  engine: Engine,
  name: string,
  transform: Transform,
  layer: DenseLayer,
  precision: Precision,
  activations: Precision,
): boolean {
  const prefix = choiceKey(shapeKey(layer, precision, activations), 0).slice(0, -1);
  const measured = [...engine.choices].filter(([key]) => key.startsWith(prefix));
  return measured.length > 0 ? measured.some(([, choice]) => choice === name) : transform.prefers(engine, layer, precision);
}

/** The transformed weights; undefined where they exceed the memory or what the adapter binds. */
export async function tryTransform(
  engine: Engine,
  transform: Transform,
  layer: DenseLayer,
  weights: PackedWeights,
  precision: Precision,
): Promise<Tensor | undefined> {
  try {
    return await engine.guard(() => transform.make(engine, layer, weights, precision));
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    return undefined;
  }
}

/** Whether memory or the adapter's limits were exceeded. */
export function isTooLarge(error: unknown): boolean {
  const { code } = error as Partial<EngineError>;
  return code === "OUT_OF_MEMORY" || code === "LIMIT";
}
