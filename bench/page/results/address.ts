/** What the page of results shows, as its address says it: which runs, sorted and filtered how. */
import type { Order } from "../../report/row-table.ts";
import { PRESENCE, type SharedFilter } from "../../report/side-by-side.ts";

/** What a visitor chose. */
export interface View {
  /** Ids of the runs, or undefined for those that a visitor sees at first. */
  readonly runs: readonly string[] | undefined;
  readonly filter: SharedFilter;
  /** By name of the table. */
  readonly orders: ReadonlyMap<string, Order>;
}

const SORT = "sort.";

export function readView(query: URLSearchParams): View {
  const presence = query.get("show") ?? "";
  const orders = [...query].flatMap(([name, value]): [string, Order][] =>
    name.startsWith(SORT) ? [[name.slice(SORT.length), { column: value.replace(/^-/, ""), descending: value.startsWith("-") }]] : [],
  );
  return {
    // One that is empty says that none was chosen.
    runs: query.has("run") ? query.getAll("run").filter(Boolean) : undefined,
    filter: {
      text: query.get("filter") ?? "",
      presence: Object.hasOwn(PRESENCE, presence) ? (presence as SharedFilter["presence"]) : "all",
    },
    orders: new Map(orders),
  };
}

/** The address's query; what is as a visitor sees it at first is left out. */
export function writeView({ runs, filter: { text, presence }, orders }: View): string {
  const chosen = runs?.length === 0 ? [""] : (runs ?? []);
  return new URLSearchParams([
    ...chosen.map((run) => ["run", run]),
    ...(text === "" ? [] : [["filter", text]]),
    ...(presence === "all" ? [] : [["show", presence]]),
    ...[...orders].map(([table, { column, descending }]) => [`${SORT}${table}`, `${descending ? "-" : ""}${column}`]),
  ]).toString();
}
