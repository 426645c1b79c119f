/** The list of results, of which the visitor checks those to see. */
import { element, make } from "../../../src/page/elements.ts";
import type { Source } from "./sources.ts";

/** Lists sources as lines with a checkbox each. */
export class SourceList {
  readonly #body = element("source-list", HTMLTableSectionElement);
  readonly #onChoice: (ids: readonly string[]) => void;

  /** `onChoice` hears the ids of all that are checked, in the order of the list. */
  constructor(onChoice: (ids: readonly string[]) => void) {
    this.#onChoice = onChoice;
    this.#body.addEventListener("change", () => this.#onChoice(this.#checked));
  }

  /** Lists these, and checks those with such ids. */
  show(sources: readonly Source[], chosen: ReadonlySet<string>): void {
    this.#body.replaceChildren(...sources.map((source) => lineOf(source, chosen.has(source.head.id))));
  }

  get #checked(): string[] {
    return [...this.#body.querySelectorAll("input")].filter(({ checked }) => checked).map(({ value }) => value);
  }
}

function lineOf({ head, from }: Source, checked: boolean): HTMLTableRowElement {
  const { id, adapter, date, preset, rows, complete } = head;
  const measured = new Date(date).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, make("label", {}, make("input", { type: "checkbox", value: id, checked }), adapter)),
    make("td", { className: "left" }, measured),
    make("td", { className: "left" }, preset),
    make("td", {}, complete ? String(rows) : `${rows}, stopped`),
    make("td", { className: "left" }, from),
  );
}
