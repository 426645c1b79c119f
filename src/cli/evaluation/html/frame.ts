/** The frame of every page of a report, and the parts that several pages have. */
import { escapeUTF8 as escapeHtml } from "entities";
import type { MeasureDefinition, Metric, Table, TableRow } from "../../../faces/all.ts";
import { htmlPage } from "../../html-page.ts";
import type { Sheet } from "../sheet.ts";
import { comparedIn, headlineOf } from "../tables.ts";
import style from "./style.css?raw";

/** What all pages are made from. */
export interface Report {
  readonly table: Table;
  readonly sheet: Sheet;
  /** Lines on how the numbers were made. */
  readonly facts: readonly string[];
  /** The metric that the report is of, and its measure in which maps are compared. */
  readonly metric: Metric;
  readonly compared: MeasureDefinition<unknown>;
}

export function reportOf(table: Table, sheet: Sheet, facts: readonly string[]): Report {
  return { table, sheet, facts, metric: headlineOf(table.rows), compared: comparedIn(table.rows) };
}

/** The rows that explain, without the yardsticks. */
export function methodsOf({ table, sheet }: Pick<Report, "table" | "sheet">): TableRow[] {
  const { methods } = sheet.tabulation;
  return table.rows.filter(({ name }) => methods.includes(name));
}

/** A page; `body` is HTML, and `script` the source of a function that runs when the page is there. */
export function frame(title: string, body: readonly string[], script?: string): string {
  const main = body.filter((part) => part !== "").join("\n");
  return htmlPage({ title, style, main, scripts: script && `<script>\n(${script})();\n</script>\n` });
}

export interface TableParts {
  /** What the table is, in a few words, for those who hear the page. */
  readonly label: string;
  readonly caption: string;
  /** Text of the column heads. */
  readonly head: readonly string[];
  /** HTML of rows or of groups of rows. */
  readonly rows: readonly string[];
  readonly name?: string;
  /** Whether `rows` brings its own `tbody` elements. */
  readonly grouped?: boolean;
}

/** A table that can be scrolled sideways, with the keyboard, too. */
export function wideTable({ label, caption, head, rows, name, grouped = false }: TableParts): string {
  const heads = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join("");
  const body = rows.join("\n");
  return `<div class="wide" tabindex="0" role="region" aria-label="${escapeHtml(label)}"><table${name ? ` class="${name}"` : ""}>
<caption><span>${escapeHtml(caption)}</span></caption>
<thead><tr>${heads}</tr></thead>
${grouped ? body : `<tbody>\n${body}\n</tbody>`}
</table></div>`;
}

/** A row of plain text; the first cell is its head. */
export function plainRow([first = "", ...cells]: readonly string[]): string {
  return `<tr><th scope="row">${escapeHtml(first)}</th>${cells.map((cell) => `<td>${escapeHtml(cell)}</td>`).join("")}</tr>`;
}

/** A picture of the run, seen from a page in the folder `report` if `inside`; nothing where there is none. */
export function picture(path: string | undefined, alt: string, inside: boolean): string {
  if (path === undefined) return "";
  const address = path.split("/").map(encodeURIComponent).join("/");
  return `<img class="map" loading="lazy" width="112" height="112" src="${inside ? "../" : ""}${address}" alt="${escapeHtml(alt)}">`;
}

/** A link to another page of the report; `href` is an address. */
export function link(href: string, text: string): string {
  return `<a href="${escapeHtml(href)}">${escapeHtml(text)}</a>`;
}

/** A count with commas, and its noun: "1 photo", "2,000 photos". */
export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : noun.endsWith("s") ? "es" : "s"}`;
}

/** Links from a page of several to the others, for its head and its foot. `addressOf`: of a page, from 1 on. */
export function pagers(page: number, pages: number, addressOf: (page: number) => string): [head: string, foot: string] {
  const near = [1, page - 2, page - 1, page, page + 1, page + 2, pages];
  const shown = [...new Set(near)].filter((at) => at >= 1 && at <= pages).sort((a, b) => a - b);
  const items = shown.map((at) => `<li>${at === page ? `<span aria-current="page">${at}</span>` : link(addressOf(at), String(at))}</li>`);
  const step = (at: number, text: string) => (at >= 1 && at <= pages ? `<li>${link(addressOf(at), text)}</li>` : "");
  const back = `<li>${link("../index.html", "Overview")}</li>`;
  const steps = pages > 1 ? [step(page - 1, "Previous"), ...items, step(page + 1, "Next")] : [];
  const nav = (label: string) => `<nav aria-label="${label}"><ul>${[back, ...steps].join("")}</ul></nav>`;
  return [nav("Pages"), nav("Pages, at the end")];
}
