/** Lays out the tables that commands print and reports hold. */
import { forMarkdown } from "./escape.ts";

/**
 * A Markdown table whose columns also stand under each other in plain text, without a title. The first column is aligned left and the others
 * right, but for those that `isLeft` names.
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  isLeft: (column: number) => boolean = (column) => column === 0,
): string {
  const lines = [head, ...rows].map((cells) => cells.map(forMarkdown));
  const widths = head.map((_, column) => Math.max(3, ...lines.map((cells) => (cells[column] as string).length)));
  const line = (cells: readonly string[]) => {
    const padded = cells.map((cell, column) => {
      const width = widths[column] as number;
      return isLeft(column) ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${padded.join(" | ")} |`;
  };
  const rule = widths.map((width, column) => (isLeft(column) ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  const [first, ...rest] = lines as [string[], ...string[][]];
  return [line(first), line(rule), ...rest.map(line)].join("\n");
}
