/** Shows a report on the benchmark's page as it grows: its setting, its rows and its summaries. */
import { element, make } from "../../src/page/elements.ts";
import type { SuiteName } from "../bench-options.ts";
import { detailsOf } from "../report/details.ts";
import { digits } from "../report/format.ts";
import { adapterTitle, describeSetting } from "../report/line.ts";
import { LEGEND } from "../report/markdown.ts";
import type { Report, Row } from "../report/report.ts";
import { CHOICES, columnsOf, columnsOfTable, type Filter, filterRows } from "../report/row-table.ts";
import { SUITE_TITLES, summaryTables } from "../report/tables.ts";
import { ChartPanel, type Drawable } from "./charts/panel.ts";
import { LiveTable } from "./live-table.ts";

/** The tables of one report, and what they are filtered by. */
export class ReportView {
  readonly #rowTables = element("rows", HTMLDivElement);
  readonly #summaryTables = element("summaries", HTMLDivElement);
  readonly #text = element("filter-text", HTMLInputElement);
  readonly #choice = element("filter-choice", HTMLSelectElement);
  readonly #count = element("filter-count", HTMLOutputElement);
  readonly #suites = new Map<SuiteName, LiveTable<Row>>();
  readonly #summaries = new Map<string, LiveTable<readonly string[]>>();
  readonly #charts = new ChartPanel();
  #report: Report | undefined;

  constructor() {
    this.#choice.append(...Object.entries(CHOICES).map(([value, { title }]) => make("option", { value }, title)));
    for (const control of [this.#text, this.#choice]) control.addEventListener("input", () => this.#drawRows());
    element("legend", HTMLParagraphElement).textContent = LEGEND;
  }

  /** Shows a report, finished or not; one of another run begins with new tables. */
  show(report: Report, title: string): void {
    element("report-title", HTMLHeadingElement).textContent = title;
    if (report.date !== this.#report?.date) {
      this.#rowTables.replaceChildren();
      this.#summaryTables.replaceChildren();
      this.#suites.clear();
      this.#summaries.clear();
    }
    this.#report = report;
    element("report", HTMLElement).hidden = false;
    const { adapter, ceilings } = report;
    element("setting-summary", HTMLElement).textContent =
      `${adapterTitle(adapter)}, at best ${digits(ceilings.gflops)} GFLOP/s and ${digits(ceilings.gigabytes)} GB/s: where and how it was measured`;
    element("setting", HTMLUListElement).replaceChildren(...describeSetting(report).map((line) => make("li", {}, line)));
    this.#drawRows();
    this.#drawSummaries(report);
  }

  /** The charts as they are shown, of the rows that the filter leaves. */
  get charts(): Drawable[] {
    return this.#charts.shown;
  }

  /** Which rows the tables and charts show, in words. */
  get remark(): string {
    const { text, choice } = this.#filter;
    const parts = [this.#count.value, choice !== "all" && CHOICES[choice].title.toLowerCase(), text && `matching ${text}`];
    return `Shown: ${parts.filter(Boolean).join(", ")}`;
  }

  get #filter(): Filter {
    return { text: this.#text.value, choice: this.#choice.value as Filter["choice"] };
  }

  #drawRows(): void {
    const report = this.#report;
    if (!report) return;
    const chosen = filterRows(report.rows, this.#filter);
    this.#charts.show(report, chosen);
    for (const suite of report.options.suites) {
      const all = report.rows.filter((row) => row.suite === suite);
      if (all.length === 0) continue;
      const made = () => new LiveTable<Row>(SUITE_TITLES[suite], { keyOf: ({ key }) => key, detailsOf });
      const table = tableOf(this.#suites, suite, this.#rowTables, made);
      const rows = chosen.filter((row) => row.suite === suite);
      table.element.hidden = rows.length === 0;
      table.update(columnsOf(report, all), rows);
    }
    this.#count.value = chosen.length === report.rows.length ? `${chosen.length} rows` : `${chosen.length} of ${report.rows.length} rows`;
  }

  #drawSummaries(report: Report): void {
    for (const summary of summaryTables(report)) {
      const made = () => new LiveTable<readonly string[]>(summary.title, { keyOf: (cells) => cells.join("\n") });
      tableOf(this.#summaries, summary.title, this.#summaryTables, made).update(columnsOfTable(summary), summary.rows);
    }
  }
}

/** The table of this name, which joins the others where it is new. */
function tableOf<K, R>(tables: Map<K, LiveTable<R>>, name: K, place: HTMLElement, made: () => LiveTable<R>): LiveTable<R> {
  const known = tables.get(name);
  if (known) return known;
  const table = made();
  tables.set(name, table);
  place.append(table.element);
  return table;
}
