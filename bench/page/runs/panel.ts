/** The part of the benchmark's page that lists runs, opens, deletes and compares them. */
import { element, make } from "../../../src/page/elements.ts";
import { PageError } from "../../../src/page/problem.ts";
import { compareReports, comparisonTables, describeComparison } from "../../report/compare.ts";
import type { Report } from "../../report/report.ts";
import { columnsOfTable } from "../../report/row-table.ts";
import { LiveTable } from "../live-table.ts";
import { deleteRun, headOf, keepRun, listRuns, openRun, type RunHead } from "./store.ts";

const SIDES = ["before", "after"] as const;

/** Who hears of what is done here. */
interface Watcher {
  onOpen(report: Report): void;
  onProblem(error: unknown): void;
}

/** Kept runs, and files that were opened since the page was. */
export class RunsPanel {
  readonly #watcher: Watcher;
  readonly #list = element("run-list", HTMLTableSectionElement);
  readonly #comparison = element("comparison", HTMLDivElement);
  readonly #threshold = element("threshold", HTMLInputElement);
  readonly #files = new Map<string, { head: RunHead; report: Report }>();
  /** Ids of the runs to compare. */
  readonly #chosen: Partial<Record<(typeof SIDES)[number], string>> = {};

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
    this.#threshold.addEventListener("input", () => this.#try(() => this.#compare()));
    this.#try(() => this.#draw());
  }

  /** Keeps a run that has ended. */
  keep(report: Report, preset: string): void {
    this.#try(async () => {
      await keepRun(report, preset);
      await this.#draw();
    });
  }

  /** Lists a report of a file until the page is left. */
  add(report: Report, file: string): void {
    const id = `file ${file} ${report.date}`;
    this.#files.set(id, { head: headOf(report, file, id), report });
    this.#try(() => this.#draw());
  }

  #try(work: () => Promise<void>): void {
    work().catch((error) => this.#watcher.onProblem(error));
  }

  async #open(id: string): Promise<Report> {
    const report = this.#files.get(id)?.report ?? (await openRun(id));
    if (report) return report;
    await this.#draw();
    throw new PageError("This run is no longer in the browser.", "Choose another one.");
  }

  async #delete(id: string): Promise<void> {
    if (!this.#files.delete(id)) await deleteRun(id);
    for (const side of SIDES) if (this.#chosen[side] === id) delete this.#chosen[side];
    await this.#draw();
    // The button is gone with its row.
    (this.#list.querySelector("button") ?? element("open-files", HTMLInputElement)).focus();
  }

  async #draw(): Promise<void> {
    const heads = [...[...this.#files.values()].map(({ head }) => head), ...(await listRuns())];
    this.#list.replaceChildren(...heads.map((head) => this.#line(head)));
    element("run-table", HTMLElement).hidden = heads.length === 0;
    element("no-runs", HTMLParagraphElement).hidden = heads.length > 0;
    await this.#compare();
  }

  #line({ id, date, adapter, preset, rows, complete }: RunHead): HTMLTableRowElement {
    const when = new Date(date).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
    const name = `${when}, ${adapter}, ${preset}`;
    const open = make("button", { type: "button", className: "open", ariaLabel: `Open ${name}` }, "Open");
    open.addEventListener("click", () => this.#try(async () => this.#watcher.onOpen(await this.#open(id))));
    const remove = make("button", { type: "button", className: "delete", ariaLabel: `Delete ${name}` }, "Delete");
    remove.addEventListener("click", () => this.#try(() => this.#delete(id)));
    const choices = SIDES.map((side) => {
      const radio = make("input", { type: "radio", name: side, ariaLabel: `${side}: ${name}`, checked: this.#chosen[side] === id });
      radio.addEventListener("change", () => {
        this.#chosen[side] = id;
        this.#try(() => this.#compare());
      });
      return make("td", {}, radio);
    });
    const count = complete ? String(rows) : `${rows}, stopped`;
    const line = make(
      "tr",
      {},
      make("th", { scope: "row" }, when),
      make("td", { className: "left" }, adapter),
      make("td", { className: "left" }, preset),
      make("td", {}, count),
      ...choices,
      make("td", {}, open, " ", remove),
    );
    line.dataset.run = id;
    return line;
  }

  async #compare(): Promise<void> {
    const { before, after } = this.#chosen;
    element("compare-hint", HTMLParagraphElement).hidden = before !== undefined && after !== undefined;
    this.#comparison.replaceChildren();
    if (before === undefined || after === undefined) return;
    const [old, fresh] = [await this.#open(before), await this.#open(after)];
    const threshold = 1 + Math.max(0, this.#threshold.valueAsNumber || 0) / 100;
    const tables = comparisonTables(compareReports(old, fresh), threshold).map((table) => {
      const live = new LiveTable<readonly string[]>(table.title, { keyOf: ([key]) => key as string });
      live.update(columnsOfTable(table), table.rows);
      return live.element;
    });
    const lines = describeComparison(old, fresh, threshold).map(({ text, warning }) =>
      make("li", { className: warning ? "fault" : "" }, text),
    );
    this.#comparison.replaceChildren(make("ul", {}, ...lines), ...tables);
  }
}
