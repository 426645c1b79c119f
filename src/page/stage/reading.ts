/** The value of a map at a place of the photo, and how high it ranks. */
import { count, percent, shortNumber } from "../format.ts";
import type { ShownMap } from "../state.ts";

/** A value of a map: its place in the map's rows and columns, counted from 0. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** The map's value that lies at a place of the photo, in its pixels; undefined outside of the map. */
export function cellAt({ crop, size }: Pick<ShownMap, "crop" | "size">, x: number, y: number): Cell | undefined {
  const column = Math.floor(((x - crop.left) / crop.width) * size.width);
  const row = Math.floor(((y - crop.top) / crop.height) * size.height);
  return column >= 0 && column < size.width && row >= 0 && row < size.height ? { row, column } : undefined;
}

/** The part of the photo that one value stands for. */
export function placeOf({ crop, size }: Pick<ShownMap, "crop" | "size">, { row, column }: Cell) {
  const [width, height] = [crop.width / size.width, crop.height / size.height];
  return { left: crop.left + column * width, top: crop.top + row * height, width, height };
}

/** The share of a map's values that are as large as the one of a cell, or larger. */
export function rankOf({ values, size }: Pick<ShownMap, "values" | "size">, { row, column }: Cell): number {
  const value = values[row * size.width + column] as number;
  return values.reduce((above, other) => above + (other >= value ? 1 : 0), 0) / values.length;
}

/** "Value 0.0123, in the top 3% of 12,544: row 40, column 56". Rows and columns are counted from 0, as in the saved values. */
export function describeCell(map: Pick<ShownMap, "values" | "size">, cell: Cell): string {
  const { row, column } = cell;
  const value = map.values[row * map.size.width + column] as number;
  return `Value ${shortNumber(value)}, in the top ${percent(rankOf(map, cell))} of ${count(map.values.length)}: row ${row}, column ${column}`;
}
