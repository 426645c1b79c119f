/** The form of the benchmark's tables, which page and Markdown show alike. */
import { markdownTable } from "../../src/cli/markdown-table.ts";

/** A table as text and as HTML alike. The first column is aligned left and the others right, but where `left` names them. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Titles of further columns of words. */
  readonly left?: readonly string[];
}

export function isLeft({ head, left }: Table, column: number): boolean {
  return column === 0 || (left?.includes(head[column] as string) ?? false);
}

/** A table without the columns in which every row is empty. */
export function withoutEmptyColumns(table: Table): Table {
  const kept = table.head.map((_, column) => table.rows.some((row) => row[column] !== ""));
  const keep = (cells: readonly string[]) => cells.filter((_, column) => kept[column]);
  return { ...table, head: keep(table.head), rows: table.rows.map(keep) };
}

export function toMarkdown(table: Table): string {
  return `### ${table.title}\n\n${markdownTable(table.head, table.rows, (column) => isLeft(table, column))}`;
}
