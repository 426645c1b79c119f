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

/** Markdown whose columns also stand under each other in plain text. */
export function toMarkdown(table: Table): string {
  const plain = (cell: string) => cell.replace(/\|/g, "\\|").replace(/\s*\n\s*/g, " ");
  const lines = [table.head, ...table.rows].map((cells) => cells.map(plain));
  const widths = table.head.map((_, column) => Math.max(3, ...lines.map((cells) => (cells[column] as string).length)));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] as number;
      return isLeft(table, column) ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, column) => (isLeft(table, column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  const [head, ...rows] = lines as [string[], ...string[][]];
  return [`### ${table.title}`, "", line(head), line(rule), ...rows.map(line)].join("\n");
}
