/** Makes the table of an evaluation: a row a method or yardstick, a column a measure. */
import type { CausalScores } from "./causal.ts";
import type { Evaluation } from "./evaluator.ts";
import type { Estimate } from "./statistics.ts";
import { Column, compare, type Estimates, MEASURES, type Measure, summarise } from "./summary.ts";

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

/** Probabilities of the target, averaged over the photos. */
export interface MeanCurves {
  readonly deletion: readonly number[];
  readonly insertion: readonly number[];
}

/** A row for every method in the order of the first photo, then for every yardstick. `reference`: a method; the first where it is not there. */
export function tabulate(photos: readonly PhotoScores[], reference: string, measures: readonly Measure[] = MEASURES): Table {
  return collect(photos, measures).table(reference);
}

/** The curves of a row, averaged over its photos (the paper's Figs. 5 and 6); undefined where it has none. */
export function meanCurves(photos: readonly PhotoScores[], name: string): MeanCurves | undefined {
  return collect(photos, []).curves(name);
}

function collect(photos: readonly PhotoScores[], measures: readonly Measure[]): Tabulation {
  const tabulation = new Tabulation(measures);
  for (const photo of photos) tabulation.add(photo);
  return tabulation;
}

const CURVES = ["deletion", "insertion"] as const;

/** What is known of a row so far. */
interface Sums {
  title?: string;
  /** That have a map. */
  photos: number;
  /** A measure each. */
  readonly columns: readonly Column[];
  /** Of the explanations that did not fail. */
  readonly cost: { count: number; seconds: number; forward: number; backward: number };
  curves?: { count: number; readonly deletion: Float64Array; readonly insertion: Float64Array };
}

/** Takes photos one by one and keeps 8 bytes a row and measure of each, so that runs of any length can be tabulated. */
export class Tabulation {
  readonly #methods = new Set<string>();
  readonly #maps = new Set<string>();
  readonly #rows = new Map<string, Sums>();
  #photos = 0;

  constructor(private readonly measures: readonly Measure[] = MEASURES) {}

  /** Photos so far; the next one has this place. */
  get photos(): number {
    return this.#photos;
  }

  /** Names of the methods, in the order of the first photo. */
  get methods(): string[] {
    return [...this.#methods];
  }

  add({ explained, evaluation: { maps } }: PhotoScores): void {
    for (const { name, title, failed, passes, seconds } of explained) {
      this.#methods.add(name);
      const row = this.#row(name);
      row.title ??= title;
      if (failed) continue;
      row.cost.count++;
      row.cost.seconds += seconds;
      row.cost.forward += passes.forward;
      row.cost.backward += passes.backward;
    }
    for (const [name, map] of Object.entries(maps)) {
      this.#maps.add(name);
      const row = this.#row(name);
      row.photos++;
      for (const [at, { of }] of this.measures.entries()) {
        const value = of(map);
        // A column of a metric that was not asked for stays empty.
        if (value !== undefined) row.columns[at]?.set(this.#photos, value);
      }
      if (map.causal) addCurves(row, map.causal);
    }
    this.#photos++;
  }

  #row(name: string): Sums {
    const known = this.#rows.get(name);
    if (known) return known;
    const row = { photos: 0, columns: this.measures.map(() => new Column()), cost: { count: 0, seconds: 0, forward: 0, backward: 0 } };
    this.#rows.set(name, row);
    return row;
  }

  /** A row for every method in the order of the first photo, then for every yardstick. `reference`: as for `tabulate`. */
  table(reference: string): Table {
    const [first] = this.#methods;
    const against = this.#methods.has(reference) ? reference : (first ?? reference);
    const names = new Set([...this.#methods, ...this.#maps]);
    return { reference: against, rows: [...names].map((name) => this.#tableRow(name, against)) };
  }

  #tableRow(name: string, reference: string): TableRow {
    const { title, photos, columns, cost } = this.#row(name);
    const others = this.#row(reference).columns;
    return {
      name,
      title: title ?? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      photos,
      measures: this.#estimates((at) => summarise(columns[at] as Column, this.#photos)),
      ...(name === reference
        ? {}
        : { against: this.#estimates((at) => compare(columns[at] as Column, others[at] as Column, this.#photos)) }),
      ...(cost.count > 0
        ? { cost: { seconds: cost.seconds / cost.count, forward: cost.forward / cost.count, backward: cost.backward / cost.count } }
        : {}),
    };
  }

  /** Measures that no photo has are left out. */
  #estimates(value: (at: number) => Estimate): Estimates {
    const estimates = this.measures.map(({ name }, at) => [name, value(at)] as const);
    return Object.fromEntries(estimates.filter(([, { count }]) => count > 0));
  }

  /** The curves of a row, averaged over its photos; undefined where it has none. */
  curves(name: string): MeanCurves | undefined {
    const curves = this.#rows.get(name)?.curves;
    if (!curves) return undefined;
    const average = (sums: Float64Array) => Array.from(sums, (sum) => sum / curves.count);
    return { deletion: average(curves.deletion), insertion: average(curves.insertion) };
  }

  /** What a measure says of a row on the photo at this place, by the names of row and measure; NaN where it says nothing. */
  number(row: string, measure: string, place: number): number {
    const at = this.measures.findIndex(({ name }) => name === measure);
    return this.#rows.get(row)?.columns[at]?.get(place) ?? Number.NaN;
  }
}

function addCurves(row: Sums, scores: CausalScores): void {
  const empty = (which: (typeof CURVES)[number]) => new Float64Array(scores[which].probabilities.length);
  row.curves ??= { count: 0, deletion: empty("deletion"), insertion: empty("insertion") };
  row.curves.count++;
  for (const which of CURVES) {
    const sums = row.curves[which];
    for (let at = 0; at < sums.length; at++) sums[at] = (sums[at] as number) + (scores[which].probabilities[at] as number);
  }
}
