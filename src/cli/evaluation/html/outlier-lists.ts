/** The lists of outliers: a few of each on the overview, and pages with the others. */
import { escapeUTF8 as escapeHtml } from "entities";
import { percent } from "../../progress.ts";
import type { LeftOut, PhotoFacts } from "../sheet.ts";
import { decimal } from "../tables.ts";
import { frame, link, methodsOf, pagers, picture, plainRow, type Report, wideTable } from "./frame.ts";
import type { BelowGrid, Disagreement, MethodCounts, MissingMap, Outliers, Ranked } from "./outliers.ts";
import type { PhotoPages } from "./photo-table.ts";

/** Items of a list on the overview, and on each of its pages. */
const FEW = 10;
const PER_PAGE = 100;

/** A list, as it is drawn on the overview and on its pages. */
interface List {
  /** Start of its pages' names. */
  readonly name: string;
  readonly title: string;
  /** What it holds, in a sentence. */
  readonly about: string;
  readonly head: readonly string[];
  /** Of its items, those that are kept. */
  readonly kept: number;
  readonly total: number;
  /** HTML of the row of an item. `inside`: on a page in the folder `report`. */
  row(at: number, inside: boolean): Promise<string>;
}

/** The lists that are not empty. */
export function listsOf(report: Report, outliers: Outliers, pages: PhotoPages): List[] {
  const { compared, sheet, table } = report;
  const titleOf = (row: string) => table.rows.find(({ name }) => name === row)?.title ?? row;
  const photo = ({ place, name, target, pictures }: PhotoFacts, inside: boolean) =>
    `<th scope="row">${picture(pictures.photo, "", inside)}${link(`${inside ? "" : "report/"}${pages.addressOf(place)}`, name)}<br><small>${escapeHtml(target.label)}</small></th>`;
  const scored = (facts: PhotoFacts, row: string, inside: boolean) => {
    const value = decimal(sheet.tabulation.number(row, compared.name, facts.place));
    return `<td>${picture(facts.pictures[row], `${titleOf(row)} of ${facts.name}`, inside)}${escapeHtml(titleOf(row))} ${value}</td>`;
  };
  const number = (value: number) => `<td>${decimal(value)}</td>`;
  const { title } = compared;
  const lists: List[] = [
    {
      ...{ name: "disagreement", title: "Where methods disagree most" },
      about: `Photos by how far the best and the worst method are apart in ${title}.`,
      head: ["photo", "best", "worst", "apart by"],
      ...shown(outliers.disagreements, async ({ place, best, worst, gap }: Disagreement, inside) => {
        const facts = await sheet.facts(place);
        const cells = [photo(facts, inside), scored(facts, best, inside), scored(facts, worst, inside), number(gap)];
        return `<tr>${cells.join("")}</tr>`;
      }),
    },
    {
      ...{ name: "below-grid", title: "Worse than the random grid" },
      about: `Maps by how far they are behind the random grid, which knows nothing of the classifier, in ${title}.`,
      head: ["photo", "map", "random grid", "behind by"],
      ...shown(outliers.belowGrid, async ({ place, method, gap }: BelowGrid, inside) => {
        const facts = await sheet.facts(place);
        const grid = number(sheet.tabulation.number("random grid", compared.name, place));
        return `<tr>${[photo(facts, inside), scored(facts, method, inside), grid, number(gap)].join("")}</tr>`;
      }),
    },
    {
      ...{ name: "no-map", title: "No map" },
      about: "Where a method found nothing, or failed.",
      head: ["photo", "method", "reason"],
      ...shown(outliers.missing, async ({ facts, method, reason }: MissingMap, inside) => {
        const texts = [titleOf(method), reason].map((text) => `<td>${escapeHtml(text)}</td>`);
        return `<tr>${[photo(facts, inside), ...texts].join("")}</tr>`;
      }),
    },
    {
      ...{ name: "left-out", title: "Left out" },
      about: "Photos that could not be used.",
      head: ["photo", "reason"],
      ...shown(outliers.leftOut, async ({ image, skipped }: LeftOut) => {
        return `<tr><th scope="row">${escapeHtml(image)}</th><td>${escapeHtml(skipped)}</td></tr>`;
      }),
    },
  ];
  return lists.filter(({ total }) => total > 0);
}

function shown<T>({ items, total }: Ranked<T>, row: (item: T, inside: boolean) => Promise<string>): Pick<List, "kept" | "total" | "row"> {
  return { kept: items.length, total, row: (at, inside) => row(items[at] as T, inside) };
}

async function drawRows(list: List, first: number, end: number, inside: boolean): Promise<string> {
  const rows: string[] = [];
  for (let at = first; at < Math.min(end, list.kept); at++) rows.push(await list.row(at, inside));
  const range = [first + 1, first + rows.length].map((at) => at.toLocaleString("en")).join(" to ");
  const caption = `${list.about} ${range} of ${list.total.toLocaleString("en")}.`;
  return wideTable({ label: list.title, caption, head: list.head, rows, name: "outliers" });
}

function addressOf({ name }: List, page: number): string {
  return `${name}-${String(page).padStart(2, "0")}.html`;
}

/** The first items of a list, and the way to the others. */
export async function drawShort(list: List): Promise<string> {
  const { title, kept, total } = list;
  const end = total > kept ? ` (the first ${kept.toLocaleString("en")}; rows.csv has all)` : "";
  const more = kept > FEW ? `<p>${link(`report/${addressOf(list, 1)}`, `More: ${title.toLowerCase()}`)}${end}</p>` : "";
  return [`<h3>${escapeHtml(title)}</h3>`, await drawRows(list, 0, FEW, false), more].join("\n");
}

/** The pages of a list that does not fit on the overview, by their names in the folder `report`. */
export function listPages(list: List): Map<string, () => Promise<string>> {
  const pages = list.kept > FEW ? Math.ceil(list.kept / PER_PAGE) : 0;
  const names = Array.from({ length: pages }, (_, at) => at + 1);
  return new Map(
    names.map((page) => [
      addressOf(list, page),
      async () => {
        const [head, foot] = pagers(page, pages, (other) => addressOf(list, other));
        const rows = await drawRows(list, (page - 1) * PER_PAGE, page * PER_PAGE, true);
        return frame(list.title, [head, rows, foot]);
      },
    ]),
  );
}

/** How often what happened, a row a method. */
export function countsTable(report: Report, { counts }: Outliers): string {
  return wideTable({
    label: "Maps by method",
    caption: "What became of the methods' maps.",
    head: ["method", "maps", "worse than the random grid", "no map", "failed"],
    rows: methodsOf(report).map(({ name, title }) => {
      const { maps, belowGrid, missing, failed } = counts.get(name) as MethodCounts;
      const share = maps > 0 ? ` (${percent(belowGrid / maps)})` : "";
      return plainRow([
        title,
        maps.toLocaleString("en"),
        `${belowGrid.toLocaleString("en")}${share}`,
        ...[missing, failed].map((value) => value.toLocaleString("en")),
      ]);
    }),
  });
}
