/** Finds out what became faster or slower between two reports. */
import type { AdapterInfo } from "../../src/engine/adapter.ts";
import { geometricMean } from "../statistics.ts";
import { digits } from "./format.ts";
import type { Report, Row } from "./report.ts";
import type { Table } from "./table.ts";

/** One row of two reports. */
export interface Change {
  key: string;
  /** Milliseconds. */
  before: number;
  after: number;
  /** after / before: above 1 is slower. */
  ratio: number;
}

export interface Comparison {
  /** Rows that both measured, the most slowed down first. */
  changes: Change[];
  /** Keys that only one of them measured. */
  missing: string[];
  added: string[];
  /** What else differs between the reports and may explain a difference. */
  differences: string[];
}

const KINDS = ["gpu", "wall"] as const;

/** Medians of the same kind of time, GPU where both have it. */
function change(before: Row, after: Row): Change | undefined {
  const kind = KINDS.find((name) => before.times?.[name] && after.times?.[name]);
  const [a, b] = [kind && before.times?.[kind]?.median, kind && after.times?.[kind]?.median];
  return a && b ? { key: before.key, before: a, after: b, ratio: b / a } : undefined;
}

export function compareReports(before: Report, after: Report): Comparison {
  const measured = (report: Report) =>
    new Map(report.rows.filter(({ state, times }) => state === "ok" && times).map((row) => [row.key, row]));
  const [old, fresh] = [measured(before), measured(after)];
  const changes = [...old].flatMap(([key, row]) => {
    const other = fresh.get(key);
    return (other && change(row, other)) ?? [];
  });
  return {
    changes: changes.sort((a, b) => b.ratio - a.ratio),
    missing: [...old.keys()].filter((key) => !fresh.has(key)),
    added: [...fresh.keys()].filter((key) => !old.has(key)),
    differences: differencesOf(before, after),
  };
}

/** True where both were measured on the same adapter, as far as it says who it is. */
export function sameAdapter({ adapter: a }: Report, { adapter: b }: Report): boolean {
  const keys: (keyof AdapterInfo)[] = ["vendor", "architecture", "description", "software"];
  return keys.every((key) => a[key] === b[key]);
}

function differencesOf(before: Report, after: Report): string[] {
  const facts: [string, (report: Report) => string | number | boolean][] = [
    ["runtime", ({ runtime }) => `${runtime.name} ${runtime.version}`],
    ["precision", ({ dtype }) => dtype],
    ["GPU clock", ({ timer }) => timer.mode],
    ["quick", ({ options }) => options.quick],
    ["ceiling, GFLOP/s", ({ ceilings }) => digits(ceilings.gflops)],
    ["ceiling, GB/s", ({ ceilings }) => digits(ceilings.gigabytes)],
  ];
  return facts.flatMap(([name, read]) => (read(before) === read(after) ? [] : [`${name}: ${read(before)}, then ${read(after)}`]));
}

/** Rows slower or faster than `threshold`, and a mean of all. */
export function comparisonTables({ changes }: Comparison, threshold: number): Table[] {
  const head = ["row", "before ms", "after ms", "after / before"];
  const line = ({ key, before, after, ratio }: Change) => [key, digits(before), digits(after), ratio.toFixed(3)];
  const table = (title: string, chosen: readonly Change[]) => ({ title, head, rows: chosen.map(line) });
  const mean = geometricMean(changes.map(({ ratio }) => ratio));
  return [
    table("Slower", slower(changes, threshold)),
    table("Faster", changes.filter(({ ratio }) => ratio < 1 / threshold).reverse()),
    { title: "All", head: ["rows", "after / before, geometric mean"], rows: [[String(changes.length), mean.toFixed(3)]] },
  ].filter(({ rows }) => rows.length > 0);
}

export function slower(changes: readonly Change[], threshold: number): Change[] {
  return changes.filter(({ ratio }) => ratio > threshold);
}
