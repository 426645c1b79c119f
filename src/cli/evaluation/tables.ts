import { csvFormat } from "d3-dsv";
import type { Estimate, Table, TableRow } from "../../index.ts";
import { markdownTable } from "../table.ts";

/** Decimals of areas and of their differences. */
const DECIMALS = 3;

/** The columns that people read. */
export function cellsOf(table: Table): { head: string[]; rows: string[][] } {
  const reference = table.rows.find(({ name }) => name === table.reference)?.title ?? table.reference;
  return {
    head: ["method", "photos", "deletion", "insertion", "insertion - deletion", `beside ${reference}`, "forwards", "backwards", "seconds"],
    rows: table.rows.map((row) => [
      row.title,
      String(row.photos),
      measured(row.deletion),
      measured(row.insertion),
      measured(row.difference),
      beside(row),
      row.forward.toFixed(0),
      row.backward.toFixed(0),
      row.seconds.toFixed(1),
    ]),
  };
}

export function tableToMarkdown(table: Table): string {
  const { head, rows } = cellsOf(table);
  return markdownTable(head, rows);
}

/** One line a method, in full precision. */
export function tableToCsv({ rows }: Table): string {
  return `${csvFormat(
    rows.map(({ name, photos, deletion, insertion, difference, against, forward, backward, seconds }) => ({
      ...{ method: name, photos, deletion: deletion.mean, deletion_error: deletion.error, insertion: insertion.mean },
      ...{ insertion_error: insertion.error, difference: difference.mean, difference_error: difference.error },
      ...{ against: against?.mean, against_low: against?.interval[0], against_high: against?.interval[1], forward, backward, seconds },
    })),
  )}\n`;
}

function measured({ mean, error }: Estimate): string {
  if (Number.isNaN(mean)) return "-";
  return Number.isNaN(error) ? mean.toFixed(DECIMALS) : `${mean.toFixed(DECIMALS)} ± ${error.toFixed(DECIMALS)}`;
}

function beside({ against }: TableRow): string {
  if (!against) return "";
  const [mean, low, high] = [against.mean, ...against.interval].map((value) => `${value < 0 ? "" : "+"}${value.toFixed(DECIMALS)}`);
  return against.count > 1 ? `${mean} [${low}, ${high}]` : `${mean}`;
}
