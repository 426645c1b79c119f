/** Makes weights from weights on the GPU, for backward passes. */
import type { Engine } from "../engine/engine.ts";
import { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { WeightsRequest } from "./operation.ts";
import { cutColumns, type PackedWeights, type Precision, type WeightPart } from "./packed-weights.ts";
import { vectors } from "./shape.ts";

/** Makes weights without bias, whose parts `append` fills. Throws OUT_OF_MEMORY, LIMIT. */
export async function makeWeights(
  engine: Engine,
  label: string,
  { rows, outputs4, precision }: { rows: number; outputs4: number; precision: Precision },
  append: (plan: PlanBuilder, part: WeightPart) => void,
): Promise<PackedWeights> {
  const bias = engine.tensor(`${label} bias`, [outputs4 * 4]);
  const parts = cutColumns(engine, rows, outputs4, 2, precision).map(({ first4, columns4 }) => {
    return { matrix: engine.tensor(`${label} weights`, [rows, columns4 * 4], undefined, precision), first4, columns4 };
  });
  const plan = new PlanBuilder(engine, label);
  for (const part of parts) append(plan, part);
  await plan.once();
  return { parts, bias };
}

/** The positive part of the weights, as they were before a batch norm turned the sign of some outputs. */
export function rectifyWeights({ engine, kernels, node, weights: { parts, scale } }: WeightsRequest) {
  const { matrix } = parts[0] as WeightPart;
  const [rows, outputs4] = [matrix.shape[0] as number, vectors(node.shape[2])];
  const precision = matrix.type as Precision;
  return makeWeights(engine, `${node.label} rectified`, { rows, outputs4, precision }, (plan, part) => {
    const weights = parts.find(({ first4 }) => first4 === part.first4)?.matrix as Tensor;
    plan.dispatch(kernels.rectifyWeights, {
      label: node.label,
      bindings: { weights, scale: scale ?? engine.nothing, rectified: part.matrix },
      constants: { Weight: precision },
      uniforms: { rows, columns4: part.columns4, first4: part.first4, has_scale: scale ? 1 : 0 },
      threads: [part.columns4, rows],
    });
  });
}
