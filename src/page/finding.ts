/** Says in words and numbers where a map lies, for those who do not see it. */

import { percent } from "./format.ts";
import type { ShownMap } from "./state.ts";

/** The share of the values that count as the strongest. */
const STRONGEST = 0.1;
const ROWS = ["upper", "middle", "lower"] as const;
const COLUMNS = ["left", "centre", "right"] as const;

/** "Of its strongest tenth 62% lies in the centre, 21% at the upper left.": of thirds each way, the two that have the most. */
export function describeWhere({ values, size: { height, width } }: Pick<ShownMap, "values" | "size">): string {
  const order = values.toSorted();
  const least = order[Math.floor((1 - STRONGEST) * order.length)] as number;
  const lowest = order[0];
  const counts = new Map<string, number>();
  let all = 0;
  for (const [at, value] of values.entries()) {
    // Where a map is mostly empty, its emptiness is not what counts.
    if (value < least || value === lowest) continue;
    const [row, column] = [Math.floor(at / width) / height, (at % width) / width].map((share) => Math.floor(3 * share)) as [number, number];
    const name = nameOf(ROWS[row] as string, COLUMNS[column] as string);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    all++;
  }
  if (all === 0) return "It is the same everywhere.";
  const most = [...counts].sort(([, a], [, b]) => b - a).slice(0, 2);
  return `Of its strongest tenth ${most.map(([name, count], at) => `${percent(count / all)}${at === 0 ? " lies" : ""} ${name}`).join(", ")}.`;
}

function nameOf(row: string, column: string): string {
  if (row === "middle" && column === "centre") return "in the centre";
  if (row === "middle") return `at the ${column}`;
  return column === "centre" ? `at the ${row === "upper" ? "top" : "bottom"}` : `at the ${row} ${column}`;
}
