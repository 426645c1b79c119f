/** Puts several reports side by side: a row for every net and layer, and columns for every report. */
import type { AdapterInfo } from "../../src/engine/adapter.ts";
import type { SuiteName } from "../bench-options.ts";
import type { Race } from "./chart-data.ts";
import { CEILINGS } from "./compare.ts";
import { itemRateOf, nearerShare, type Rates, type Report, type Row, ratesOf, summaryOf, timeOf } from "./report.ts";
import { type Cell, type Column, numberCell, shareCell, wordFilter, wordsCell } from "./row-table.ts";
import type { Table } from "./table.ts";

/** A report as a column. */
export interface Entry {
  /** Tells it from all others. */
  readonly id: string;
  /** Heads its columns, and no other's. */
  readonly label: string;
  readonly report: Report;
}

/** What several reports have under one key. */
export interface SharedRow {
  readonly key: string;
  /** By id of the entry; absent where it was not measured. */
  readonly rows: ReadonlyMap<string, Row>;
  /** Of the first that has it: name, batch and work are the same for all. */
  readonly first: Row;
}

/** What a column of an entry shows of a row that it measured. */
interface Part {
  readonly title: string;
  readonly hint: string;
  readonly cell: (row: Row, report: Report) => Cell;
}

/** A table of rows of one kind. */
interface Kind {
  /** Its name in addresses. */
  readonly name: string;
  readonly title: string;
  readonly suite: SuiteName;
  readonly holds: (row: Row) => boolean;
  readonly parts: readonly Part[];
}

const MILLISECONDS: Part = {
  ...{ title: "ms", hint: "Median of one run of the whole batch, by GPU time, or wall time where that is missing" },
  cell: (row) => numberCell(timeOf(row)),
};

const rate = (title: string, hint: string, part: keyof Rates): Part => ({
  ...{ title, hint },
  cell: (row, { ceilings }) => numberCell(ratesOf(row, ceilings)?.[part]),
});

const SHARE: Part = {
  ...{ title: "of ceiling", hint: "Share of this adapter's nearer ceiling, arithmetic or copy; above 100 % caches held the data" },
  cell: (row, { ceilings }) => shareCell(nearerShare(ratesOf(row, ceilings))),
};

const IMAGES: Part = { title: "images/s", hint: "Images a second", cell: (row) => numberCell(itemRateOf(row)) };

const KINDS: readonly Kind[] = [
  { ...{ name: "nets", title: "Nets", suite: "nets", holds: () => true }, parts: [IMAGES, MILLISECONDS] },
  {
    ...{ name: "layers", title: "Layers that compute", suite: "kernels", holds: ({ flops }) => flops > 0 },
    parts: [rate("GFLOP/s", "Twice the multiply-adds a second", "gflops"), SHARE],
  },
  {
    ...{ name: "moves", title: "Layers that only move data", suite: "kernels", holds: ({ flops }) => flops === 0 },
    parts: [rate("GB/s", "Every input and output once, a second", "gigabytes"), SHARE],
  },
  { ...{ name: "explanation", title: "Explanation", suite: "explanation", holds: () => true }, parts: [MILLISECONDS] },
];

/** Which rows are shown: all, or by how many of the reports have a result. */
export const PRESENCE = {
  all: { title: "All rows", holds: () => true },
  everywhere: { title: "Measured everywhere", holds: (results: number, of: number) => results === of },
  gaps: { title: "Missing, failed or wrong somewhere", holds: (results: number, of: number) => results < of },
} as const;

export interface SharedFilter {
  /** Words that a row must hold, as in `Filter`. */
  readonly text: string;
  readonly presence: keyof typeof PRESENCE;
}

/** The name of an adapter where it must be short. */
function shortName({ vendor, architecture, description, software }: AdapterInfo): string {
  const name = description || [vendor, architecture].filter(Boolean).join(" ") || "unnamed adapter";
  return software ? `${name}, software` : name;
}

/** Names every report for its columns: adapter, runtime and day, what else sets its numbers apart, and its id where all that is the same. */
export function entriesOf(reports: readonly { readonly id: string; readonly report: Report }[]): Entry[] {
  const taken = new Set<string>();
  return reports.map(({ id, report }) => {
    const { adapter, runtime, date, options, dtype, complete } = report;
    const marks = [options.quick && "quick", dtype !== "f32" && dtype, !complete && "stopped"];
    const facts = [shortName(adapter), `${runtime.name} ${runtime.version.split(".")[0]}`, date.slice(0, 10), ...marks];
    const plain = facts.filter(Boolean).join(", ");
    const label = taken.has(plain) ? `${plain} (${id})` : plain;
    taken.add(label);
    return { id, report, label };
  });
}

/** Every row that any of the reports has, in the order of the first that has it. */
export function shareRows(entries: readonly Entry[]): SharedRow[] {
  const shared = new Map<string, { key: string; rows: Map<string, Row>; first: Row }>();
  for (const { id, report } of entries) {
    for (const row of report.rows) {
      const known = shared.get(row.key) ?? { key: row.key, rows: new Map(), first: row };
      known.rows.set(id, row);
      shared.set(row.key, known);
    }
  }
  return [...shared.values()];
}

export function filterShared(rows: readonly SharedRow[], entries: readonly Entry[], { text, presence }: SharedFilter): SharedRow[] {
  const holds = wordFilter(text);
  return rows.filter(({ rows: found }) => {
    const results = [...found.values()].filter(({ state }) => state === "ok").length;
    return PRESENCE[presence].holds(results, entries.length) && holds([...found.values()]);
  });
}

/** A table that is sorted by its columns. */
export interface SharedTable<R> {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column<R>[];
  readonly rows: readonly R[];
}

/** Tables of the rows by kind: nets, layers and explanations, as far as there are any. */
export function tablesOfRows(rows: readonly SharedRow[], entries: readonly Entry[]): SharedTable<SharedRow>[] {
  const tables = KINDS.map(({ name, title, suite, holds, parts }) => ({
    ...{ name, title },
    rows: rows.filter(({ first }) => first.suite === suite && holds(first)),
    columns: [
      { title: "name", left: true, cell: ({ first }: SharedRow) => wordsCell(first.name) },
      { title: "batch", cell: ({ first: { batch } }: SharedRow) => ({ text: String(batch), value: batch }) },
      ...entries.flatMap((entry) => parts.map((part, at) => columnOf(entry, part, at === 0))),
    ],
  }));
  return tables.filter((table) => table.rows.length > 0);
}

/** The first column of a report also says that a result is noisy, or why there is none. */
function columnOf({ id, label, report }: Entry, { title, hint, cell }: Part, first: boolean): Column<SharedRow> {
  return {
    ...{ title, hint, key: `${id}/${title}`, group: label },
    cell({ rows }) {
      const row = rows.get(id);
      if (row?.state !== "ok") return { ...(first ? absence(row) : { text: "" }), value: undefined };
      return first && summaryOf(row)?.noisy ? { ...cell(row, report), note: "noisy" } : cell(row, report);
    },
  };
}

/** Why a report has no result of a row. */
function absence(row: Row | undefined): Pick<Cell, "text" | "note"> {
  if (!row) return { text: "not measured" };
  const { state, note, code } = row;
  if (state === "wrong" || state === "failed") return { text: state.toUpperCase(), note };
  return { text: code === "OUT_OF_MEMORY" ? "out of memory" : code === "LIMIT" ? "refused" : "skipped", note };
}

type Ceiling = (typeof CEILINGS)[number];

/** What every adapter reaches at best. */
export function ceilingTable(entries: readonly Entry[]): SharedTable<Ceiling> {
  return {
    ...{ name: "ceilings", title: "Ceilings" },
    rows: CEILINGS.filter(([, key]) => entries.some(({ report }) => report.ceilings[key] !== undefined)),
    columns: [
      { title: "ceiling", left: true, cell: ([name]) => wordsCell(name) },
      ...entries.map(({ id, label, report }) => ({
        ...{ title: "at best", key: id, group: label },
        cell: ([, key]: Ceiling) => {
          const value = report.ceilings[key];
          return value === undefined ? { text: "not measured", value } : numberCell(value);
        },
      })),
    ],
  };
}

/** Times of nets by those of `base`, the report that has most of them; undefined where no net has times of two. */
export function racesOfNets(rows: readonly SharedRow[], entries: readonly Entry[]): { base: string; races: Race[] } | undefined {
  const nets = rows.filter(({ first }) => first.suite === "nets");
  const timed = ({ rows: found }: SharedRow, { id }: Entry) => {
    const row = found.get(id);
    return row?.state === "ok" ? timeOf(row) : undefined;
  };
  const counted = entries.map((entry) => ({ entry, count: nets.filter((net) => timed(net, entry)).length }));
  const base = counted.sort((a, b) => b.count - a.count)[0]?.entry;
  if (!base) return undefined;
  const races = nets.flatMap((net): Race[] => {
    const own = timed(net, base);
    const times = entries.flatMap((entry) => {
      const milliseconds = timed(net, entry);
      return milliseconds && own ? [{ contestant: entry.label, milliseconds, ratio: milliseconds / own }] : [];
    });
    const { name, batch } = net.first;
    return times.length < 2 ? [] : [{ key: net.key, name, batch, entries: times }];
  });
  return races.length > 0 ? { base: base.label, races } : undefined;
}

/** The table in plain text, where reports are told apart by their numbers, from 1 on. */
export function plainTable<R>({ title, columns, rows }: SharedTable<R>, entries: readonly Entry[]): Table {
  const numbers = new Map(entries.map(({ label }, at) => [label, at + 1]));
  const head = columns.map((column) => (column.group ? `${numbers.get(column.group)}: ${column.title}` : column.title));
  const lines = rows.map((row) =>
    columns.map(({ cell }) => {
      const { text, value, note } = cell(row);
      if (note === undefined) return text;
      return value === undefined ? `${text}: ${note}` : `${text} (${note})`;
    }),
  );
  return { title, head, rows: lines };
}
