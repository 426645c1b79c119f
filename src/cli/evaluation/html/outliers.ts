/** Finds the photos of a run that deserve a look. */
import { isLeftOut, type LeftOut, type PhotoFacts, type Sheet } from "../sheet.ts";
import { methodsOf, type Report } from "./frame.ts";

/** Items of a list that are kept; `rows.csv` has all. */
const LONGEST = 1000;
/** The yardstick that any map should beat. */
const GRID = "random grid";

/** The first of a list, and how many it has. */
export interface Ranked<T> {
  readonly total: number;
  readonly items: readonly T[];
}

/** A photo, by its place, and the rows of the table that mark it best and worst. */
export interface Disagreement {
  readonly place: number;
  readonly best: string;
  readonly worst: string;
  /** By how much they differ. */
  readonly gap: number;
}

/** A map that scores worse than the random grid. */
export interface BelowGrid {
  readonly place: number;
  readonly method: string;
  readonly gap: number;
}

/** A method without a map of a photo. */
export interface MissingMap {
  readonly facts: PhotoFacts;
  readonly method: string;
  readonly reason: string;
}

/** How often what happened to a method. */
export interface MethodCounts {
  maps: number;
  belowGrid: number;
  missing: number;
  failed: number;
}

export interface Outliers {
  /** Largest gaps first; of the photos with two maps or more. */
  readonly disagreements: Ranked<Disagreement>;
  /** Largest gaps first. */
  readonly belowGrid: Ranked<BelowGrid>;
  /** In the order of the run. */
  readonly missing: Ranked<MissingMap>;
  readonly leftOut: Ranked<LeftOut>;
  /** By the methods' names. */
  readonly counts: ReadonlyMap<string, MethodCounts>;
}

/** Reads all that the sheet has once, and keeps no more than the longest lists. */
export async function findOutliers(report: Report): Promise<Outliers> {
  const { sheet } = report;
  const methods = methodsOf(report).map(({ name }) => name);
  const counts = new Map(methods.map((name) => [name, { maps: 0, belowGrid: 0, missing: 0, failed: 0 }]));
  const [disagreements, belowGrid] = [new Largest<Disagreement>(), new Largest<BelowGrid>()];
  for (let place = 0; place < sheet.scored; place++) {
    const goodness = (row: string) => goodnessOf(report, row, place);
    const values = methods.map((method) => ({ method, value: goodness(method) })).filter(({ value }) => Number.isFinite(value));
    const grid = goodness(GRID);
    for (const { method, value } of values) {
      if (!(value < grid)) continue;
      (counts.get(method) as MethodCounts).belowGrid++;
      belowGrid.add({ place, method, gap: grid - value });
    }
    if (values.length < 2) continue;
    const best = values.reduce((a, b) => (b.value > a.value ? b : a));
    const worst = values.reduce((a, b) => (b.value < a.value ? b : a));
    disagreements.add({ place, best: best.method, worst: worst.method, gap: best.value - worst.value });
  }
  const { missing, leftOut } = await findMissing(sheet, counts);
  return { disagreements: disagreements.ranked, belowGrid: belowGrid.ranked, missing, leftOut, counts };
}

/** The measure in which maps are compared, with the sign that makes higher better; NaN where there is none. */
function goodnessOf({ sheet, compared }: Report, row: string, place: number): number {
  const value = sheet.tabulation.number(row, compared.name, place);
  return compared.better === "higher" ? value : -value;
}

async function findMissing(sheet: Sheet, counts: ReadonlyMap<string, MethodCounts>): Promise<Pick<Outliers, "missing" | "leftOut">> {
  const [missing, leftOut] = [new First<MissingMap>(), new First<LeftOut>()];
  for await (const photo of sheet.photos()) {
    if (isLeftOut(photo)) {
      leftOut.add(photo);
      continue;
    }
    for (const { name: method, degenerate, failed } of photo.explained) {
      const count = counts.get(method) as MethodCounts;
      count[photo.maps.includes(method) ? "maps" : failed ? "failed" : "missing"]++;
      if (!photo.maps.includes(method)) missing.add({ facts: photo, method, reason: degenerate ?? "not measured" });
    }
  }
  return { missing: missing.ranked, leftOut: leftOut.ranked };
}

/** Keeps the first items of a long list. */
class First<T> {
  readonly #items: T[] = [];
  #total = 0;

  add(item: T): void {
    this.#total++;
    if (this.#items.length < LONGEST) this.#items.push(item);
  }

  get ranked(): Ranked<T> {
    return { total: this.#total, items: this.#items };
  }
}

/** Keeps the items of a long list that have the largest gaps; of equal ones those that came first. */
class Largest<T extends { readonly gap: number }> {
  #items: T[] = [];
  #total = 0;

  add(item: T): void {
    this.#total++;
    this.#items.push(item);
    if (this.#items.length >= 4 * LONGEST) this.#items = this.#largest();
  }

  #largest(): T[] {
    return [...this.#items].sort((a, b) => b.gap - a.gap).slice(0, LONGEST);
  }

  get ranked(): Ranked<T> {
    return { total: this.#total, items: this.#largest() };
  }
}
