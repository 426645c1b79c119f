/** Shows results side by side: ceilings, a chart of nets, tables of nets and layers, and where each was measured. */
import { element, make } from "../../../src/page/elements.ts";
import { describeSetting } from "../../report/line.ts";
import type { Order } from "../../report/row-table.ts";
import {
  ceilingTable,
  type Entry,
  filterShared,
  PRESENCE,
  racesOfNets,
  type SharedFilter,
  type SharedRow,
  type SharedTable,
  shareRows,
  tablesOfRows,
} from "../../report/side-by-side.ts";
import { drawRaces, LONGEST_RATIO } from "../charts/bars.ts";
import { LiveTable } from "../live-table.ts";
import type { View } from "./address.ts";

const LEGEND =
  "Medians of one run by GPU time, or by wall time where there is none. Rates and shares are of useful work, by each adapter's own ceilings of the same run. " +
  "noisy: samples had not agreed to 3 % when the repeats ended. refused: beyond what the adapter allows. skipped: it would take too long. " +
  "WRONG: differs from the reference, so its time counts for nothing. not measured: not a part of that run.";

/** The part of the page under the list of results. */
export class SideBySide {
  readonly #text = element("filter-text", HTMLInputElement);
  readonly #presence = element("filter-presence", HTMLSelectElement);
  readonly #race = element("race", HTMLElement);
  readonly #raceBox = element("race-box", HTMLDivElement);
  readonly #tables = new Map<string, LiveTable<SharedRow>>();
  readonly #orders: Map<string, Order>;
  readonly #onChange: () => void;
  #entries: readonly Entry[] = [];
  #rows: readonly SharedRow[] = [];

  /** Begins with the filter and orders of `view`; `onChange` hears that they have become others. */
  constructor({ filter, orders }: View, onChange: () => void) {
    this.#orders = new Map(orders);
    this.#onChange = onChange;
    this.#presence.append(...Object.entries(PRESENCE).map(([value, { title }]) => make("option", { value }, title)));
    this.#text.value = filter.text;
    this.#presence.value = filter.presence;
    for (const control of [this.#text, this.#presence]) {
      control.addEventListener("input", () => {
        this.#drawRows();
        onChange();
      });
    }
    // Reachable by keyboard, since it scrolls.
    this.#raceBox.tabIndex = 0;
    new ResizeObserver(() => this.#drawRace()).observe(this.#raceBox);
    element("legend", HTMLParagraphElement).textContent = LEGEND;
  }

  get filter(): SharedFilter {
    return { text: this.#text.value, presence: this.#presence.value as SharedFilter["presence"] };
  }

  get orders(): ReadonlyMap<string, Order> {
    return this.#orders;
  }

  /** Shows these and no others. */
  show(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#rows = shareRows(entries);
    element("report", HTMLElement).hidden = entries.length === 0;
    element("nothing", HTMLParagraphElement).hidden = entries.length > 0;
    const ceilings = ceilingTable(entries);
    const table = new LiveTable(ceilings.title, {
      keyOf: ([, key]: (typeof ceilings.rows)[number]) => key,
      ...this.#ordered(ceilings.name),
    });
    table.update(ceilings.columns, ceilings.rows);
    element("ceilings", HTMLDivElement).replaceChildren(table.element);
    element("settings", HTMLDivElement).replaceChildren(...entries.map(describeEntry));
    this.#drawRows();
  }

  /** The order of a table, kept by its name. */
  #ordered(name: string): { order: Order | undefined; onOrder(order: Order | undefined): void } {
    return {
      order: this.#orders.get(name),
      onOrder: (order) => {
        if (order) this.#orders.set(name, order);
        else this.#orders.delete(name);
        this.#onChange();
      },
    };
  }

  #drawRows(): void {
    const rows = filterShared(this.#rows, this.#entries, this.filter);
    const shown = tablesOfRows(rows, this.#entries);
    for (const [name, { element }] of this.#tables) element.hidden = !shown.some((table) => table.name === name);
    for (const table of shown) {
      const live = this.#tableOf(table);
      live.element.hidden = false;
      live.update(table.columns, table.rows);
    }
    // Those that joined later stand where they belong.
    element("tables", HTMLDivElement).append(...shown.map(({ name }) => (this.#tables.get(name) as LiveTable<SharedRow>).element));
    const all = this.#rows.length;
    element("filter-count", HTMLOutputElement).value = rows.length === all ? `${all} rows` : `${rows.length} of ${all} rows`;
    this.#drawRace(rows);
  }

  #tableOf({ name, title }: SharedTable<SharedRow>): LiveTable<SharedRow> {
    const known = this.#tables.get(name);
    if (known) return known;
    const made = new LiveTable<SharedRow>(title, { keyOf: ({ key }) => key, ...this.#ordered(name) });
    this.#tables.set(name, made);
    return made;
  }

  #drawRace(rows: readonly SharedRow[] = filterShared(this.#rows, this.#entries, this.filter)): void {
    const found = racesOfNets(rows, this.#entries);
    this.#race.hidden = !found;
    if (!found) return;
    const title = `Nets: times by those of ${found.base}; bars end at ${LONGEST_RATIO} x`;
    element("race-title", HTMLElement).textContent = title;
    this.#raceBox.ariaLabel = title;
    const { clientWidth } = this.#raceBox;
    if (clientWidth > 0) this.#raceBox.replaceChildren(drawRaces(found.races, clientWidth, found.base));
  }
}

function describeEntry({ label, report }: Entry): HTMLDetailsElement {
  const lines = describeSetting(report).map((line) => make("li", {}, line));
  return make("details", {}, make("summary", {}, label), make("ul", {}, ...lines));
}
