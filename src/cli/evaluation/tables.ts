/** Formats the scores of an evaluation, for people and for spreadsheets. */
import { csvFormat } from "d3-dsv";
import {
  type Estimate,
  MEASURES,
  METRICS,
  type Measure,
  type MeasureDefinition,
  type Metric,
  type Table,
  type TableRow,
} from "../../faces/all.ts";
import { forSpreadsheet } from "../escape.ts";
import { markdownTable } from "../markdown-table.ts";

/** Decimals of what people read. */
const DECIMALS = 3;
/** The metric that a report is of: what is known to be the reason, where that was measured, or the first one. */
export function headlineOf(rows: readonly TableRow[]): Metric {
  const measured: Metric[] = METRICS.filter(({ measures }) => measures.some(({ name }) => rows.some((row) => row.measures[name])));
  return measured.find(({ reads }) => reads === "inside") ?? measured[0] ?? METRICS[0];
}

/** The measure of that metric in which rows are held against the reference: insertion minus deletion, or the first one. */
export function comparedIn(rows: readonly TableRow[]): MeasureDefinition<unknown> {
  const [first, ...others] = headlineOf(rows).measures as [MeasureDefinition<unknown>, ...MeasureDefinition<unknown>[]];
  return others.find(({ name }) => name === "difference") ?? first;
}

/** The columns that people read: measures that any row has, and how far one of them is above the reference's. */
export function cellsOf({ rows, reference }: Table): { head: string[]; rows: string[][] } {
  const title = rows.find(({ name }) => name === reference)?.title ?? reference;
  const [measures, compared] = [measuresOf(rows), comparedIn(rows)];
  return {
    head: ["method", "photos", ...measures.map((measure) => measure.title), `beside ${title}`, "forwards", "backwards", "seconds"],
    rows: rows.map((row) => [
      row.title,
      String(row.photos),
      ...measures.map((measure) => measured(row.measures[measure.name])),
      beside(row.against?.[compared.name]),
      ...(row.cost ? [row.cost.forward.toFixed(0), row.cost.backward.toFixed(0), row.cost.seconds.toFixed(1)] : ["", "", ""]),
    ]),
  };
}

export function tableToMarkdown(table: Table): string {
  const { head, rows } = cellsOf(table);
  return markdownTable(head, rows);
}

/** One line a row, in full precision. */
export function tableToCsv({ rows }: Table): string {
  const measures = measuresOf(rows);
  return `${csvFormat(
    rows.map((row) => ({
      ...{ method: forSpreadsheet(row.name), photos: row.photos },
      ...Object.fromEntries(
        measures.flatMap((measure) => [
          ...columns(measure.name, row.measures[measure.name]),
          ...columns(`${measure.name}_against`, row.against?.[measure.name]),
        ]),
      ),
      ...{ forward: row.cost?.forward, backward: row.cost?.backward, seconds: row.cost?.seconds },
    })),
  )}\n`;
}

function measuresOf(rows: readonly TableRow[]): Measure[] {
  return MEASURES.filter(({ name }) => rows.some(({ measures }) => measures[name]));
}

function columns(name: string, estimate: Estimate | undefined): [string, number | undefined][] {
  const { mean, error, interval } = estimate ?? {};
  return [
    [name, mean],
    [`${name}_error`, error],
    [`${name}_low`, interval?.[0]],
    [`${name}_high`, interval?.[1]],
  ];
}

/** As people read it; "-" for what is no number. */
export function decimal(value: number): string {
  return Number.isFinite(value) ? value.toFixed(DECIMALS) : "-";
}

function measured(estimate: Estimate | undefined): string {
  if (!estimate) return "-";
  const mean = estimate.mean.toFixed(DECIMALS);
  return estimate.count > 1 ? `${mean} ± ${estimate.error.toFixed(DECIMALS)}` : mean;
}

function beside(estimate: Estimate | undefined): string {
  if (!estimate) return "";
  const [mean, low, high] = [estimate.mean, ...estimate.interval].map((value) => `${value < 0 ? "" : "+"}${value.toFixed(DECIMALS)}`);
  return estimate.count > 1 ? `${mean} [${low}, ${high}]` : `${mean}`;
}
