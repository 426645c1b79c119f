/** A report's scores class by class. */
import { decimal } from "../tables.ts";
import { count, frame, link, methodsOf, pagers, type Report, wideTable } from "./frame.ts";
import type { PhotoPages } from "./photo-table.ts";
import { sortTables } from "./sort-tables.ts";

/** Address of the page, in the folder `report`. */
export const CLASSES_PAGE = "classes.html";

/** The photos of a class. */
export interface ClassScores {
  readonly index: number;
  readonly label: string;
  readonly photos: number;
  /** Place of its first photo. */
  readonly first: number;
  /** Means of the measure in which maps are compared, in the order of the table's rows; NaN where no photo has the map. */
  readonly means: readonly number[];
  /** The mean of the methods' means. */
  readonly overall: number;
}

/** In the order of the classes' indices. */
export function scoresByClass({ table, sheet, compared }: Report): ClassScores[] {
  const { rows } = table;
  const methods = methodsOf({ table, sheet });
  const classes = new Map<number, { photos: number; first: number; sums: Float64Array; counts: Float64Array }>();
  for (let place = 0; place < sheet.scored; place++) {
    const index = sheet.classes.get(place);
    const known = classes.get(index) ?? {
      ...{ photos: 0, first: place },
      ...{ sums: new Float64Array(rows.length), counts: new Float64Array(rows.length) },
    };
    classes.set(index, known);
    known.photos++;
    for (const [at, { name }] of rows.entries()) {
      const value = sheet.tabulation.number(name, compared.name, place);
      if (!Number.isFinite(value)) continue;
      known.sums[at] = (known.sums[at] as number) + value;
      known.counts[at] = (known.counts[at] as number) + 1;
    }
  }
  const ordered = [...classes].sort(([a], [b]) => a - b);
  return ordered.map(([index, { photos, first, sums, counts }]) => {
    const means = Array.from(sums, (sum, at) => sum / (counts[at] as number));
    const own = means.filter((mean, at) => Number.isFinite(mean) && methods.includes(rows[at] as (typeof rows)[number]));
    const overall = own.reduce((sum, mean) => sum + mean, 0) / own.length;
    return { index, label: sheet.labels.get(index) as string, photos, first, means, overall };
  });
}

/** The classes that the methods explain worst come first. */
export function worstFirst(classes: readonly ClassScores[], { compared }: Report): ClassScores[] {
  const sign = compared.better === "higher" ? 1 : -1;
  const last = Number.POSITIVE_INFINITY;
  const rank = ({ overall }: ClassScores) => (Number.isNaN(overall) ? last : sign * overall);
  return [...classes].sort((a, b) => rank(a) - rank(b) || a.index - b.index);
}

/** `folder`: that of the pages, seen from the page with the table. */
export function classTable({ table, compared }: Report, classes: readonly ClassScores[], pages: PhotoPages, folder: string): string {
  return wideTable({
    label: "Classes",
    caption: `Mean ${compared.title}; ${compared.better} is better. A class leads to its photos.`,
    name: "classes",
    head: ["class", "photos", "all methods", ...table.rows.map(({ title }) => title)],
    rows: classes.map(({ index, label, photos, first, means, overall }) => {
      const cells = [photos.toLocaleString("en"), ...[overall, ...means].map(decimal)].map((cell) => `<td>${cell}</td>`);
      return `<tr><th scope="row">${link(`${folder}${pages.addressOf(first)}`, `${label} (${index})`)}</th>${cells.join("")}</tr>`;
    }),
  });
}

export function drawClasses(report: Report, classes: readonly ClassScores[], pages: PhotoPages): string {
  const title = `${report.metric.title}: ${count(classes.length, "class")}`;
  const [head] = pagers(1, 1, () => CLASSES_PAGE);
  return frame(title, [head, classTable(report, classes, pages, "")], sortTables.toString());
}
