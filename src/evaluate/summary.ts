import type { Evaluation, MapEvaluation } from "./evaluator.ts";
import { type Estimate, estimate, pairedDifference } from "./statistics.ts";

/** The numbers of a map that are averaged over photos. Lower is better for deletion and infidelity, higher for the others. */
export const MEASURES = {
  deletion: ({ causal }: MapEvaluation) => causal?.deletion.area,
  insertion: ({ causal }: MapEvaluation) => causal?.insertion.area,
  difference: ({ causal }: MapEvaluation) => causal?.difference,
  road: ({ road }: MapEvaluation) => road?.combined,
  infidelity: ({ infidelity }: MapEvaluation) => infidelity?.relative,
} as const;

export type Measure = keyof typeof MEASURES;

export type Estimates = Partial<Record<Measure, Estimate>>;

/** What the numbers of a kind of map are on average over the photos that have it. Only of evaluations with the same settings. */
export function summarise(evaluations: readonly Evaluation[], name: string): Estimates {
  return overMeasures((measure) => estimate(valuesOf(evaluations, measure, [name]).map(([value]) => value as number)));
}

/** The numbers of `name` minus those of `other`, photo by photo, over the photos that have both. */
export function compare(evaluations: readonly Evaluation[], name: string, other: string): Estimates {
  return overMeasures((measure) => {
    const pairs = valuesOf(evaluations, measure, [name, other]);
    return pairedDifference(
      pairs.map(([value]) => value as number),
      pairs.map(([, value]) => value as number),
    );
  });
}

/** Of every photo that has a finite number for all names: these numbers. */
function valuesOf(evaluations: readonly Evaluation[], measure: Measure, names: readonly string[]): number[][] {
  const rows = evaluations.map(({ maps }) => names.map((name) => (maps[name] ? MEASURES[measure](maps[name]) : undefined)));
  return rows.filter((row): row is number[] => row.every(Number.isFinite));
}

/** Measures that no photo has are left out. */
function overMeasures(value: (measure: Measure) => Estimate): Estimates {
  const estimates = (Object.keys(MEASURES) as Measure[]).map((measure) => [measure, value(measure)] as const);
  return Object.fromEntries(estimates.filter(([, { count }]) => count > 0));
}
