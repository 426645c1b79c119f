/** Finds out what became faster or slower between two reports. */
import type { AdapterInfo } from "../../src/engine/adapter.ts";
import type { Ceilings } from "../../src/engine/ceilings.ts";
import { describePrecision } from "../../src/ops/packed-weights.ts";
import { geometricMean } from "../statistics.ts";
import { digits, percent } from "./format.ts";
import { adapterTitle } from "./line.ts";
import type { Report, Row } from "./report.ts";
import { type Table, withoutEmptyColumns } from "./table.ts";

/** One row of two reports. */
export interface Change {
  key: string;
  /** Milliseconds. */
  before: number;
  after: number;
  /** after / before: above 1 is slower. */
  ratio: number;
  /** Half width of the ratio's 95 % interval, as a share of it; 0 where a report has no intervals. */
  error: number;
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

/** What reports may have measured of their adapters, with its unit. */
export const CEILINGS: readonly [string, keyof Ceilings][] = [
  ["GFLOP/s", "gflops"],
  ["GFLOP/s in f16", "gflopsF16"],
  ["GOP/s of 8-bit dot products", "gopsDot4"],
  ["GB/s", "gigabytes"],
  ["GB/s of reading", "read"],
  ["GB/s of writing", "write"],
];

/** Medians of the same kind of time, GPU where both have it. */
function change(before: Row, after: Row): Change | undefined {
  const kind = KINDS.find((name) => before.times?.[name] && after.times?.[name]);
  const [a, b] = [kind && before.times?.[kind], kind && after.times?.[kind]];
  if (!a?.median || !b?.median) return undefined;
  const error = a.interval === undefined || b.interval === undefined ? 0 : Math.hypot(a.interval, b.interval);
  return { key: before.key, before: a.median, after: b.median, ratio: b.median / a.median, error };
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
    ["precision", ({ dtype, options }) => describePrecision(dtype, options.activations ?? "f32")],
    ["GPU clock", ({ timer }) => timer.mode],
    ["quick", ({ options }) => options.quick],
    ...CEILINGS.filter(([, key]) => before.ceilings[key] !== undefined && after.ceilings[key] !== undefined).map(
      ([name, key]): (typeof facts)[number] => [`ceiling, ${name}`, ({ ceilings }) => digits(ceilings[key])],
    ),
  ];
  return facts.flatMap(([name, read]) => (read(before) === read(after) ? [] : [`${name}: ${read(before)}, then ${read(after)}`]));
}

/** Rows slower or faster than `threshold`, those for which noise may be the reason apart, and a mean of all. */
export function comparisonTables({ changes }: Comparison, threshold: number): Table[] {
  const head = ["row", "before ms", "after ms", "after / before", "±"];
  const line = ({ key, before, after, ratio, error }: Change) => {
    return [key, digits(before), digits(after), ratio.toFixed(3), error > 0 ? percent(error) : ""];
  };
  const table = (title: string, chosen: readonly Change[]) => ({ title, head, rows: chosen.map(line) });
  const mean = geometricMean(changes.map(({ ratio }) => ratio));
  return [
    table("Slower", slower(changes, threshold)),
    table("Faster", faster(changes, threshold).reverse()),
    table("Slower or faster, but by less than their noise", unclear(changes, threshold)),
    {
      title: "All",
      head: ["rows", "after / before, geometric mean"],
      rows: changes.length > 0 ? [[String(changes.length), mean.toFixed(3)]] : [],
    },
  ]
    .filter(({ rows }) => rows.length > 0)
    .map(withoutEmptyColumns);
}

/** Rows that take more than `threshold` times as long, and longer than noise explains. */
export function slower(changes: readonly Change[], threshold: number): Change[] {
  return changes.filter((entry) => entry.ratio > 1 && passes(entry, threshold) && isClear(entry));
}

export function faster(changes: readonly Change[], threshold: number): Change[] {
  return changes.filter((entry) => entry.ratio < 1 && passes(entry, threshold) && isClear(entry));
}

/** Rows that changed by more than `threshold`, for which noise may be the reason. */
function unclear(changes: readonly Change[], threshold: number): Change[] {
  return changes.filter((entry) => passes(entry, threshold) && !isClear(entry));
}

const passes = ({ ratio }: Change, threshold: number) => ratio > threshold || ratio < 1 / threshold;

/** Whether the interval of the ratio leaves out 1. */
const isClear = ({ ratio, error }: Change) => Math.max(ratio, 1 / ratio) > 1 + error;

/** What two reports say together, in sentences; a warning is what forbids or explains a comparison. */
export function describeComparison(before: Report, after: Report, threshold: number): { text: string; warning: boolean }[] {
  const { changes, missing, added, differences } = compareReports(before, after);
  const [slow, fast] = [slower(changes, threshold), faster(changes, threshold)];
  const open = unclear(changes, threshold).length;
  const by = percent(threshold - 1);
  const warnings = [
    sameAdapter(before, after)
      ? undefined
      : `Different adapters: ${adapterTitle(before.adapter)}, then ${adapterTitle(after.adapter)}. The ratios compare machines.`,
    changes.length > 0 ? undefined : "The runs have no measured row in common. Choose two of the same suites, nets and batches.",
    ...differences.map((difference) => `Different ${difference}.`),
  ];
  const facts = [
    changes.length > 0 &&
      `Of ${changes.length} rows ${slow.length} became slower and ${fast.length} faster by more than ${by}; ${changes.length - slow.length - fast.length - open} did not change.`,
    open > 0 && `${open} changed by as much, but by no more than their noise. Measure again.`,
    missing.length > 0 && `Only before: ${someOf(missing)}.`,
    added.length > 0 && `Only after: ${someOf(added)}.`,
  ];
  const lines = (texts: readonly (string | undefined | false)[], warning: boolean) =>
    texts.flatMap((text) => (text ? [{ text, warning }] : []));
  return [...lines(warnings, true), ...lines(facts, false)];
}

/** The first few of many. */
function someOf(keys: readonly string[]): string {
  const [named, rest] = [keys.slice(0, 5).join("; "), keys.length - 5];
  return rest > 0 ? `${named}; and ${rest} more` : named;
}
