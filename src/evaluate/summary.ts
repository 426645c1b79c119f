/** Averages the scores of maps over photos, and compares two methods photo by photo. */
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

/** A number for each photo, 8 bytes each, by the photo's place; NaN where there is none. */
export class Column {
  #numbers = new Float64Array(16).fill(Number.NaN);

  set(place: number, value: number): void {
    if (place >= this.#numbers.length) {
      const longer = new Float64Array(2 * place).fill(Number.NaN);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[place] = value;
  }

  get(place: number): number {
    return this.#numbers[place] ?? Number.NaN;
  }
}

/** What the first `photos` numbers are on average, over those that are finite. */
export function summarise(column: Column, photos: number): Estimate {
  return estimate(placesOf([column], photos).map((place) => column.get(place)));
}

/** The numbers of a column minus those of another, photo by photo, over the photos that have both. */
export function compare(column: Column, other: Column, photos: number): Estimate {
  const places = placesOf([column, other], photos);
  return pairedDifference(
    places.map((place) => column.get(place)),
    places.map((place) => other.get(place)),
  );
}

/** Places of the photos that have a finite number in every column. */
function placesOf(columns: readonly Column[], photos: number): number[] {
  const places: number[] = [];
  for (let place = 0; place < photos; place++) if (columns.every((column) => Number.isFinite(column.get(place)))) places.push(place);
  return places;
}
