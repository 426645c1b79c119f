/** Shows a report on the benchmark's page as it grows, and saves it. */
import { element, make } from "../../src/page/elements.ts";
import { describeSetting } from "../report/line.ts";
import { LEGEND } from "../report/markdown.ts";
import type { Report } from "../report/report.ts";
import { isLeft, type Table } from "../report/table.ts";
import { tablesOf } from "../report/tables.ts";

/** Shows a report, finished or not. */
export function showReport(report: Report): void {
  element("report", HTMLElement).hidden = false;
  element("setting", HTMLUListElement).replaceChildren(...describeSetting(report).map((line) => make("li", {}, line)));
  element("tables", HTMLDivElement).replaceChildren(
    ...tablesOf(report).map((table) => make("div", { className: "scroll" }, tableElement(table))),
  );
  element("legend", HTMLParagraphElement).textContent = LEGEND;
}

function tableElement(table: Table): HTMLTableElement {
  const cell = (tag: "th" | "td", text: string, column: number) => {
    const classes = [isLeft(table, column) ? "left" : "", /^(WRONG|FAILED)$/i.test(text) ? "fault" : ""];
    return make(tag, { className: classes.filter(Boolean).join(" ") }, text);
  };
  const head = make("tr", {}, ...table.head.map((title, column) => Object.assign(cell("th", title, column), { scope: "col" })));
  const rows = table.rows.map((cells) =>
    make(
      "tr",
      {},
      ...cells.map((text, column) => (column === 0 ? Object.assign(cell("th", text, 0), { scope: "row" }) : cell("td", text, column))),
    ),
  );
  return make("table", {}, make("caption", {}, table.title), make("thead", {}, head), make("tbody", {}, ...rows));
}

/** Hands the user a file to save. */
export function save(name: string, type: string, text: string): void {
  const href = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href, download: name }).click();
  URL.revokeObjectURL(href);
}
