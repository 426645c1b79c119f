/** The columns of a report's rows as numbers, and their order and choice: what a table that can be sorted and filtered shows. */
import { digits, percent } from "./format.ts";
import { itemRateOf, type Rates, type Report, type Row, ratesOf, summaryOf } from "./report.ts";
import { isLeft, type Table } from "./table.ts";
import { compareWithPeer, fastestPeer, outcomeOf } from "./tables.ts";

/** What a cell shows, and what it is sorted by; undefined where it has nothing. */
export interface Cell {
  readonly text: string;
  readonly value: number | string | undefined;
  /** What stands small under the text. */
  readonly note?: string | undefined;
}

export interface Column<R = Row> {
  readonly title: string;
  /** Tells it from columns of the same title. */
  readonly key?: string;
  /** What it shares a heading with. */
  readonly group?: string;
  /** What it is, in a sentence. */
  readonly hint?: string;
  /** Words, and not numbers. */
  readonly left?: boolean;
  readonly cell: (row: R) => Cell;
}

export const numberCell = (value: number | undefined): Cell => ({ text: digits(value), value });
export const shareCell = (value: number | undefined): Cell => ({ text: percent(value), value });
export const wordsCell = (text: string): Cell => ({ text, value: text });

/** From best to worst, and in words. */
const STATES = { ok: "right", skipped: "skipped", wrong: "WRONG", failed: "FAILED" } as const;

/** Whether a row is right, then whether its samples agreed. */
function resultOf(row: Row): Cell {
  const noisy = summaryOf(row)?.noisy === true;
  const rank = 2 * Object.keys(STATES).indexOf(row.state) + Number(noisy);
  return { text: `${STATES[row.state]}${noisy ? ", noisy" : ""}`, value: rank };
}

/** The columns of a suite's rows; without those that none of them fills. */
export function columnsOf({ ceilings, peers }: Report, rows: readonly Row[]): Column[] {
  const rate = (part: keyof Rates, counts: (row: Row) => boolean) => (row: Row) =>
    counts(row) ? ratesOf(row, ceilings)?.[part] : undefined;
  const computes = ({ flops }: Row) => flops > 0;
  const columns: Column[] = [
    { title: "name", left: true, cell: (row) => wordsCell(row.name) },
    { title: "batch", cell: ({ batch }) => ({ text: String(batch), value: batch }) },
    { title: "result", cell: resultOf },
    {
      ...{ title: "GPU", group: "warm, ms", hint: "Median of one run by timestamps around many runs in one pass" },
      cell: ({ times }) => numberCell(times?.gpu?.median),
    },
    {
      ...{
        title: "wall",
        group: "warm, ms",
        hint: "Median of one run by the wall's clock: many submitted in a row, divided by their number",
      },
      cell: ({ times }) => numberCell(times?.wall.median),
    },
    {
      ...{ title: "alone", group: "warm, ms", hint: "Median of a single run from its submit until it is finished" },
      // Stages of an explanation are never grouped.
      cell: ({ suite, times }) => numberCell(suite === "explanation" ? undefined : times?.latency.median),
    },
    {
      ...{ title: "first", group: "cold, ms", hint: "The first run, with the compilation of its pipelines" },
      cell: ({ cold }) => numberCell(cold),
    },
    {
      ...{ title: "GFLOP/s", group: "arithmetic", hint: "Twice the multiply-adds by the GPU time, or the wall time where that is missing" },
      cell: (row) => numberCell(rate("gflops", computes)(row)),
    },
    {
      ...{ title: "of ceiling", group: "arithmetic", hint: "Share of this adapter's multiply-adds in registers" },
      cell: (row) => shareCell(rate("arithmetic", computes)(row)),
    },
    {
      ...{ title: "GB/s", group: "memory", hint: "Every input, weight and output once, by the same time" },
      cell: (row) => numberCell(rate("gigabytes", () => true)(row)),
    },
    {
      ...{ title: "of copy", group: "memory", hint: "Share of this adapter's copy; above 100 % caches held the data" },
      cell: (row) => shareCell(rate("bandwidth", () => true)(row)),
    },
    { title: "MB", group: "memory", hint: "Most GPU memory that the row took", cell: ({ memory }) => numberCell(memory && memory / 1e6) },
    {
      ...{ title: "items/s", hint: "Images or synthetic samples a second" },
      cell: (row) => numberCell(itemRateOf(row)),
    },
    ...peers.map(({ name, version }) => ({
      ...{ title: name, group: "others, wall ms", hint: `${name} ${version}: wall time of grouped runs, or of runs alone` },
      cell: (row: Row) => {
        const pair = compareWithPeer(row, name);
        return pair ? numberCell(pair.theirs) : { text: name in row.peers ? outcomeOf(row, name) : "", value: undefined };
      },
    })),
    {
      ...{
        title: "best / relabel",
        group: "others, wall ms",
        hint: "The fastest other library's time by relabel's: above 1, relabel is faster",
      },
      cell: (row) => numberCell(fastestPeer(row)?.ratio),
    },
  ];
  return columns.filter(({ cell }) => rows.some((row) => cell(row).text !== ""));
}

/** The columns of any other table: cells that begin with a number are sorted by it. */
export function columnsOfTable(table: Table): Column<readonly string[]>[] {
  return table.head.map((title, at) => ({
    ...{ title, left: isLeft(table, at) },
    cell: (cells) => {
      const text = cells[at] as string;
      const value = Number.parseFloat(text);
      return { text, value: isLeft(table, at) || Number.isNaN(value) ? text || undefined : value };
    },
  }));
}

/** By what a column is known. */
export const columnKey = ({ key, title }: { readonly key?: string; readonly title: string }): string => key ?? title;

/** A column by its key, and which way. */
export interface Order {
  readonly column: string;
  readonly descending: boolean;
}

/** The rows in the order of a column; cells with nothing come last, and equals stay as they were. */
export function sortRows<R>(rows: readonly R[], columns: readonly Column<R>[], order: Order | undefined): R[] {
  const column = columns.find((candidate) => columnKey(candidate) === order?.column);
  if (!column) return [...rows];
  const valued = rows.map((row) => ({ row, value: column.cell(row).value }));
  return valued
    .sort((a, b) => compareValues(a.value, b.value) * (order?.descending && known(a) && known(b) ? -1 : 1))
    .map(({ row }) => row);
}

const known = ({ value }: { value: Cell["value"] }) => value !== undefined;

function compareValues(a: Cell["value"], b: Cell["value"]): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}

/** Which rows are shown: all, or those with something to look at. */
export const CHOICES = {
  all: { title: "All rows", holds: () => true },
  faults: { title: "Faults: wrong or failed", holds: ({ state }: Row) => state === "wrong" || state === "failed" },
  skipped: { title: "Skipped", holds: ({ state }: Row) => state === "skipped" },
  slower: { title: "Slower than another library", holds: (row: Row) => (fastestPeer(row)?.ratio ?? Infinity) < 1 },
} as const;

export interface Filter {
  /** Words that a row's name, kind, net, variant or note must all hold. */
  readonly text: string;
  readonly choice: keyof typeof CHOICES;
}

export function filterRows(rows: readonly Row[], { text, choice }: Filter): Row[] {
  const holds = wordFilter(text);
  return rows.filter((row) => CHOICES[choice].holds(row) && holds([row]));
}

/** Whether rows hold all words of a text in what `Filter` lists, in any of them. */
export function wordFilter(text: string): (rows: readonly Row[]) => boolean {
  const wanted = text.toLowerCase().split(/\s+/).filter(Boolean);
  return (rows) => {
    const parts = rows.flatMap(({ name, group, uses, variant, note, batch }) => [
      ...[name, group, ...Object.keys(uses), variant, note, `batch ${batch}`],
    ]);
    const held = parts.join(" ").toLowerCase();
    return wanted.every((word) => held.includes(word));
  };
}
