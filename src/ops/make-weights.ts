import type { Engine } from "../engine/engine.ts";
import { PlanBuilder } from "../engine/plan.ts";
import { cutColumns, type PackedWeights, type Precision, type WeightPart } from "./packed-weights.ts";

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
