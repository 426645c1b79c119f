/** Makes the table of an evaluation: a row a method or yardstick, a column a measure. */
import type { Evaluation } from "./evaluator.ts";
import { compare, type Estimates, MEASURES, type Measure, summarise } from "./summary.ts";

/** How a map came about. */
export interface ExplainedMap {
  /** Of the method. */
  readonly name: string;
  readonly title: string;
  /** Why there is no map, where there is none. */
  readonly degenerate?: string;
  /** The method failed, as where memory was short: it has no cost. */
  readonly failed?: boolean;
  readonly passes: { readonly forward: number; readonly backward: number };
  readonly seconds: number;
}

/** All that was measured of a photo: its maps by method, and the scores of those and of the yardsticks. */
export interface PhotoScores {
  readonly image: string;
  readonly explained: readonly ExplainedMap[];
  readonly evaluation: Evaluation;
}

/** A method, or a yardstick, over all photos for which it has a map. */
export interface TableRow {
  readonly name: string;
  readonly title: string;
  readonly photos: number;
  readonly measures: Estimates;
  /** How far the measures are above the reference's, photo by photo. Absent for the reference itself. */
  readonly against?: Estimates;
  /** Of methods: means a photo. */
  readonly cost?: { readonly seconds: number; readonly forward: number; readonly backward: number };
}

/** Scores of methods, averaged over photos. */
export interface Table {
  /** Name of the row that the others are held against. */
  readonly reference: string;
  readonly rows: readonly TableRow[];
}

/** A row for every method in the order of the first photo, then for every yardstick. `reference`: a method; the first where it is not there. */
export function tabulate(photos: readonly PhotoScores[], reference: string, measures: readonly Measure[] = MEASURES): Table {
  const methods = unique(photos.flatMap(({ explained }) => explained.map(({ name }) => name)));
  const names = unique([...methods, ...photos.flatMap(({ evaluation }) => Object.keys(evaluation.maps))]);
  const against = methods.includes(reference) ? reference : (methods[0] ?? reference);
  return { reference: against, rows: names.map((name) => rowOf(photos, name, against, measures)) };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function rowOf(photos: readonly PhotoScores[], name: string, reference: string, measures: readonly Measure[]): TableRow {
  const evaluations = photos.map(({ evaluation }) => evaluation);
  const explained = photos.flatMap((photo) => photo.explained.filter((map) => map.name === name));
  const costs = explained.filter(({ failed }) => !failed);
  const mean = (value: (map: ExplainedMap) => number) => costs.reduce((sum, map) => sum + value(map), 0) / costs.length;
  return {
    name,
    title: explained[0]?.title ?? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    photos: evaluations.filter(({ maps }) => maps[name]).length,
    measures: summarise(evaluations, name, measures),
    ...(name === reference ? {} : { against: compare(evaluations, name, reference, measures) }),
    ...(costs.length > 0
      ? {
          cost: {
            seconds: mean(({ seconds }) => seconds),
            forward: mean(({ passes }) => passes.forward),
            backward: mean(({ passes }) => passes.backward),
          },
        }
      : {}),
  };
}

/** Probabilities of the target, averaged over the photos. */
export interface MeanCurves {
  readonly deletion: readonly number[];
  readonly insertion: readonly number[];
}

/** The curves of a row, averaged over its photos (the paper's Figs. 5 and 6); undefined where it has none. */
export function meanCurves(photos: readonly PhotoScores[], name: string): MeanCurves | undefined {
  const scores = photos.flatMap(({ evaluation }) => evaluation.maps[name]?.causal ?? []);
  const [first] = scores;
  if (!first) return undefined;
  const average = (which: "deletion" | "insertion") =>
    first[which].probabilities.map(
      (_, at) => scores.reduce((sum, score) => sum + (score[which].probabilities[at] as number), 0) / scores.length,
    );
  return { deletion: average("deletion"), insertion: average("insertion") };
}
