/** Writes every number of a run for other programs: a row a photo and map, as CSV. */
import { csvFormatRow } from "d3-dsv";
import { MEASURES, type TableRow } from "../../faces/all.ts";
import { forSpreadsheet } from "../escape.ts";
import { isLeftOut, type LeftOut, type PhotoFacts, type Sheet } from "./sheet.ts";

/** The same in every run: measures that were not asked for are empty. */
const HEAD = [
  ...["photo", "image", "class", "label", "method"],
  ...MEASURES.map(({ name }) => name),
  ...["forward", "backward", "seconds", "state", "reason"],
];

/** RFC 4180, in pieces of a photo each. Text that a spreadsheet would run as a formula begins with an apostrophe. */
export async function* rowsToCsv(sheet: Sheet, rows: readonly TableRow[]): AsyncGenerator<string> {
  yield line(HEAD);
  for await (const photo of sheet.photos()) {
    if (isLeftOut(photo)) yield leftOut(photo);
    else yield rows.map((row) => line(cellsOf(sheet, photo, row))).join("");
  }
}

function leftOut({ name, image, skipped }: LeftOut): string {
  const cells: Record<string, string> = { photo: name, image, state: "left out", reason: skipped };
  return line(HEAD.map((field) => forSpreadsheet(cells[field] ?? "")));
}

function cellsOf({ tabulation }: Sheet, { name, image, target, place, explained, maps }: PhotoFacts, row: TableRow): string[] {
  const found = explained.find((map) => map.name === row.name);
  const { passes, seconds, failed, degenerate } = found ?? {};
  const numbers = MEASURES.map((measure) => tabulation.number(row.name, measure.name, place));
  const state = failed ? "failed" : maps.includes(row.name) ? "map" : "no map";
  const costs = failed ? [] : [passes?.forward, passes?.backward, seconds];
  return [
    ...[name, image, String(target.index), target.label, row.name].map(forSpreadsheet),
    ...numbers.map((value) => (Number.isFinite(value) ? String(value) : "")),
    ...[0, 1, 2].map((at) => String(costs[at] ?? "")),
    ...[state, forSpreadsheet(degenerate ?? "")],
  ];
}

function line(cells: readonly string[]): string {
  return `${csvFormatRow([...cells])}\r\n`;
}
