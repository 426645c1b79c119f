/** A table that rows are added to while it is read: it keeps its order, its place and what is unfolded. */
import { make } from "../../src/page/elements.ts";
import { type Column, columnKey, type Order, sortRows } from "../report/row-table.ts";

/** What a table shows of each row. */
interface Kind<R> {
  /** Tells a row from all others, also from one update to the next. */
  readonly keyOf: (row: R) => string;
  /** What unfolds under a row, as titles and texts. */
  readonly detailsOf?: (row: R) => readonly (readonly [string, string])[];
  /** The order to begin with. */
  readonly order?: Order | undefined;
  /** Hears of every other order that the reader asks for; undefined for that of measuring. */
  readonly onOrder?: (order: Order | undefined) => void;
}

interface Shown<R> {
  row: R;
  line: HTMLTableRowElement;
  details?: HTMLTableRowElement | undefined;
}

let numbered = 0;

/** Sorted by a click on a column's title: once for the smallest first, twice for the largest, and again for the order of measuring. */
export class LiveTable<R> {
  readonly element: HTMLElement;
  readonly #title: string;
  readonly #kind: Kind<R>;
  readonly #head = make("thead");
  readonly #body = make("tbody");
  readonly #shown = new Map<string, Shown<R>>();
  #columns: readonly Column<R>[] = [];
  #rows: readonly R[] = [];
  #order: Order | undefined;

  constructor(title: string, kind: Kind<R>) {
    this.#title = title;
    this.#kind = kind;
    this.#order = kind.order;
    const table = make("table", {}, make("caption", {}, title), this.#head, this.#body);
    // Reachable by keyboard, since it scrolls.
    this.element = make("section", { className: "scroll", tabIndex: 0, ariaLabel: title }, table);
  }

  /** Shows these rows and no others; `columns` may have become more. */
  update(columns: readonly Column<R>[], rows: readonly R[]): void {
    this.#rows = rows;
    const keys = (list: readonly Column<R>[]) => list.map(columnKey).join("\n");
    const changed = keys(columns) !== keys(this.#columns);
    this.#columns = columns;
    if (changed) {
      this.#shown.clear();
      this.#body.replaceChildren();
      this.#drawHead();
    }
    this.#arrange();
  }

  #drawHead(): void {
    const focused = this.#head.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.column : undefined;
    const groups = this.#columns.some(({ group }) => group) ? [this.#groupLine()] : [];
    const titles = this.#columns.map((column) => {
      // Tells those who hear the buttons alone which table each is of; cells are read with the short title.
      const ariaLabel = [column.title, column.group, this.#title].filter(Boolean).join(", ");
      const button = make("button", { type: "button", title: column.hint ?? "", ariaLabel }, column.title);
      const key = columnKey(column);
      button.dataset.column = key;
      button.addEventListener("click", () => this.#sortBy(key));
      return make("th", { scope: "col", className: classOf(column), ariaLabel: column.title, ariaSort: this.#sortOf(key) }, button);
    });
    this.#head.replaceChildren(...groups, make("tr", {}, ...titles));
    if (focused) this.#buttonOf(focused)?.focus();
  }

  #groupLine(): HTMLTableRowElement {
    const spans: { title: string; span: number }[] = [];
    for (const { group = "" } of this.#columns) {
      const last = spans.at(-1);
      if (last && last.title === group) last.span++;
      else spans.push({ title: group, span: 1 });
    }
    const cells = spans.map(({ title, span }) =>
      title ? make("th", { scope: "colgroup", colSpan: span }, title) : make("td", { colSpan: span }),
    );
    return make("tr", { className: "groups" }, ...cells);
  }

  #buttonOf(key: string): HTMLButtonElement | undefined {
    return [...this.#head.querySelectorAll("button")].find(({ dataset }) => dataset.column === key);
  }

  #sortOf(key: string): string {
    if (this.#order?.column !== key) return "none";
    return this.#order.descending ? "descending" : "ascending";
  }

  #sortBy(key: string): void {
    const { column: former, descending } = this.#order ?? {};
    if (former !== key) this.#order = { column: key, descending: false };
    else this.#order = descending ? undefined : { column: key, descending: true };
    for (const column of this.#columns) {
      const heading = this.#buttonOf(columnKey(column))?.closest("th");
      if (heading) heading.ariaSort = this.#sortOf(columnKey(column));
    }
    this.#arrange();
    this.#kind.onOrder?.(this.#order);
  }

  /** Puts the lines in order, and touches only those that are elsewhere: focus and place stay. */
  #arrange(): void {
    const sorted = sortRows(this.#rows, this.#columns, this.#order).map((row) => this.#show(row));
    const wanted = sorted.flatMap(({ line, details }) => (details ? [line, details] : [line]));
    const kept = new Set<Element>(wanted);
    for (const line of [...this.#body.children]) if (!kept.has(line)) line.remove();
    wanted.forEach((line, at) => {
      const there = this.#body.children[at];
      if (there !== line) this.#body.insertBefore(line, there ?? null);
    });
  }

  #show(row: R): Shown<R> {
    const key = this.#kind.keyOf(row);
    const known = this.#shown.get(key);
    if (known?.row === row) return known;
    const shown: Shown<R> = { row, line: this.#drawLine(row, key) };
    this.#shown.set(key, shown);
    return shown;
  }

  #drawLine(row: R, key: string): HTMLTableRowElement {
    const line = make("tr");
    line.dataset.key = key;
    line.append(
      ...this.#columns.map((column, at) => {
        const { text, value, note } = column.cell(row);
        const content = at === 0 && this.#kind.detailsOf ? this.#unfolder(row, key, text) : text;
        const kind = /^(WRONG|FAILED)$/i.test(text) ? " fault" : value === undefined ? " gap" : "";
        const cell = make(at === 0 ? "th" : "td", { className: `${classOf(column)}${kind}` }, content);
        if (at === 0) cell.scope = "row";
        if (note) {
          const small = make("span", { className: "note" }, note);
          // Numbers stay under each other.
          if (value === undefined) cell.append(" ", small);
          else cell.prepend(small, " ");
        }
        // Unrounded.
        if (typeof value === "number") cell.dataset.value = String(value);
        return cell;
      }),
    );
    return line;
  }

  #unfolder(row: R, key: string, text: string): HTMLButtonElement {
    const button = make("button", { type: "button", className: "unfold", ariaExpanded: "false" }, text);
    button.addEventListener("click", () => {
      const shown = this.#shown.get(key) as Shown<R>;
      const open = !shown.details;
      shown.details = open ? this.#drawDetails(row) : undefined;
      button.ariaExpanded = String(open);
      if (shown.details) button.setAttribute("aria-controls", shown.details.id);
      else button.removeAttribute("aria-controls");
      this.#arrange();
    });
    return button;
  }

  #drawDetails(row: R): HTMLTableRowElement {
    const pairs = this.#kind.detailsOf?.(row) ?? [];
    const list = make("dl", {}, ...pairs.flatMap(([title, text]) => [make("dt", {}, title), make("dd", {}, text)]));
    const cell = make("td", { colSpan: this.#columns.length, className: "left" }, list);
    return make("tr", { className: "details", id: `details-${++numbered}` }, cell);
  }
}

const classOf = ({ left }: { left?: boolean }) => (left ? "left" : "");
