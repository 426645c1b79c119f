/** Averages the scores of maps over photos, and compares two methods photo by photo. */
import type { Evaluation } from "./evaluator.ts";
import type { Metric } from "./metric.ts";
import { type MapEvaluation, METRICS } from "./metrics.ts";
import { type Estimate, estimate, pairedDifference } from "./statistics.ts";

/** A number of a map that is averaged over photos. */
export interface Measure {
  readonly name: string;
  /** Head of its column. */
  readonly title: string;
  readonly better: "lower" | "higher";
  /** Undefined where its metric was not asked for. */
  of(map: MapEvaluation): number | undefined;
}

/** What these metrics measure, in their order. */
export function measuresOf(metrics: readonly Metric[]): Measure[] {
  return metrics.flatMap((metric) =>
    metric.measures.map(({ name, title, better, of }) => ({
      ...{ name, title, better },
      of: (map) => (map[metric.name] === undefined ? undefined : of(map[metric.name])),
    })),
  );
}

/** What METRICS measure, in their order. */
export const MEASURES: readonly Measure[] = measuresOf(METRICS);

/** By the names of the measures. */
export type Estimates = Readonly<Record<string, Estimate>>;

/** What the numbers of a kind of map are on average over the photos that have it. Only of evaluations with the same settings. */
export function summarise(evaluations: readonly Evaluation[], name: string, measures = MEASURES): Estimates {
  return overMeasures(measures, (measure) => estimate(valuesOf(evaluations, measure, [name]).map(([value]) => value as number)));
}

/** The numbers of `name` minus those of `other`, photo by photo, over the photos that have both. */
export function compare(evaluations: readonly Evaluation[], name: string, other: string, measures = MEASURES): Estimates {
  return overMeasures(measures, (measure) => {
    const pairs = valuesOf(evaluations, measure, [name, other]);
    return pairedDifference(
      pairs.map(([value]) => value as number),
      pairs.map(([, value]) => value as number),
    );
  });
}

/** Of every photo that has a finite number for all names: these numbers. */
function valuesOf(evaluations: readonly Evaluation[], { of }: Measure, names: readonly string[]): number[][] {
  const rows = evaluations.map(({ maps }) => names.map((name) => (maps[name] ? of(maps[name]) : undefined)));
  return rows.filter((row): row is number[] => row.every(Number.isFinite));
}

/** Measures that no photo has are left out. */
function overMeasures(measures: readonly Measure[], value: (measure: Measure) => Estimate): Estimates {
  const estimates = measures.map((measure) => [measure.name, value(measure)] as const);
  return Object.fromEntries(estimates.filter(([, { count }]) => count > 0));
}
