/** Makes all tables of a report, comparisons with other libraries and failures among them. */
import type { SuiteName } from "../bench-options.ts";
import { geometricMean } from "../statistics.ts";
import { digits, percent } from "./format.ts";
import { itemRateOf, type Report, type Row, ratesOf, summaryOf, timeOf } from "./report.ts";
import { shareTable } from "./shares.ts";
import { type Table, withoutEmptyColumns } from "./table.ts";

export const SUITE_TITLES: Record<SuiteName, string> = { kernels: "Layers", nets: "Nets", explanation: "Explanation" };

/** All tables of a report, in the order of reading. */
export function tablesOf(report: Report): Table[] {
  const tables = report.options.suites.map((suite) =>
    suiteTable(
      report,
      SUITE_TITLES[suite],
      report.rows.filter((row) => row.suite === suite && row.times),
    ),
  );
  return filled([...tables, variantTable(report), shareTable(report), peerTable(report), peerMeans(report), troubleTable(report)]);
}

/** The tables of a report that do not only list its rows. */
export function summaryTables(report: Report): Table[] {
  return filled([variantTable(report), shareTable(report), peerMeans(report), troubleTable(report)]);
}

const filled = (tables: readonly Table[]) => tables.filter(({ rows }) => rows.length > 0).map(withoutEmptyColumns);

function suiteTable({ ceilings }: Report, title: string, rows: readonly Row[]): Table {
  const head = [
    ...["name", "batch", "GPU ms", "GPU p90", "±", "wall ms", "alone ms", "first ms"],
    ...["GFLOP/s", "of ceiling", "GB/s", "of copy", "items/s", "memory MB", "result"],
  ];
  const cells = rows.map((row) => {
    const { times, memory } = row;
    const rates = ratesOf(row, ceilings);
    const arithmetic = row.flops > 0 ? rates : undefined;
    return [
      ...[row.name, String(row.batch)],
      ...[digits(times?.gpu?.median), digits(times?.gpu?.p90), percent(summaryOf(row)?.interval), digits(times?.wall.median)],
      // Stages of an explanation are never grouped.
      ...[row.suite === "explanation" ? undefined : times?.latency.median, row.cold].map(digits),
      ...[digits(arithmetic?.gflops), percent(arithmetic?.arithmetic), digits(rates?.gigabytes), percent(rates?.bandwidth)],
      ...[digits(itemRateOf(row)), digits(memory && memory / 1e6)],
      resultOf(row),
    ];
  });
  return { title, head, rows: cells };
}

/** Whether a row is right, and whether its samples agreed. */
function resultOf(row: Row): string {
  const result = row.state === "ok" ? "right" : row.state.toUpperCase();
  return summaryOf(row)?.noisy ? `${result}, noisy` : result;
}

/** Every way to compute a layer against the engine's choice among direct sums, which is measured first. */
function variantTable({ rows, ceilings }: Report): Table {
  const nameOf = ({ name, variant }: Row) => name.replace(` [${variant}]`, "");
  const measured = rows.filter(({ variant, times }) => variant && times);
  const cells = measured.map((row) => {
    const direct = measured.find((other) => nameOf(other) === nameOf(row) && other.batch === row.batch) as Row;
    const gain = (timeOf(direct) as number) / (timeOf(row) as number);
    return [
      ...[nameOf(row), String(row.batch), row.variant as string, digits(timeOf(row)), digits(ratesOf(row, ceilings)?.gflops), digits(gain)],
      ...[row.error?.toExponential(1) ?? "", row.relative?.toExponential(1) ?? "", resultOf(row)],
    ];
  });
  return {
    title: "Every way to compute a layer: gain over direct sums, largest error against float64",
    head: ["name", "batch", "variant", "ms", "GFLOP/s", "gain", "error / terms", "error / largest", "result"],
    rows: cells,
    left: ["variant"],
  };
}

/** Ours and a peer's milliseconds: of grouped runs where both have them, else of runs alone. `noisy`: either's samples did not agree. */
export function compareWithPeer(row: Row, peer: string): { ours: number; theirs: number; noisy: boolean } | undefined {
  const theirs = row.peers[peer];
  if (!row.times || theirs?.state !== "ok" || !theirs.times) return undefined;
  const kind = theirs.times.wall.runs === 1 ? "latency" : "wall";
  const [own, other] = [row.times[kind], theirs.times[kind]];
  return { ours: own.median, theirs: other.median, noisy: Boolean(own.noisy || other.noisy) };
}

/** The other library that is the fastest on a row, and its time by relabel's; undefined where none was measured. */
export function fastestPeer(row: Row): { name: string; ours: number; theirs: number; ratio: number } | undefined {
  const known = Object.keys(row.peers).flatMap((name) => {
    const pair = compareWithPeer(row, name);
    return pair ? [{ name, ...pair, ratio: pair.theirs / pair.ours }] : [];
  });
  return known.sort((a, b) => a.ratio - b.ratio)[0];
}

function peerTable(report: Report): Table {
  const names = report.peers.map(({ name }) => name);
  const rows = report.rows
    .filter((row) => Object.keys(row.peers).length > 0)
    .map((row) => {
      const best = fastestPeer(row);
      const theirs = names.map((name) => {
        const pair = compareWithPeer(row, name);
        return pair ? `${digits(pair.theirs)}${pair.noisy ? " (noisy)" : ""}` : outcomeOf(row, name);
      });
      return [row.name, String(row.batch), digits(best?.ours ?? row.times?.wall.median), ...theirs, best?.name ?? "", digits(best?.ratio)];
    });
  return {
    ...{ title: "Other libraries, wall ms", head: ["name", "batch", "relabel", ...names, "best", "best / relabel"] },
    ...{ rows, left: ["best"] },
  };
}

function peerMeans({ rows }: Report): Table {
  const ratios = rows.flatMap((row) => (row.state === "ok" ? [{ group: row.group, ratio: fastestPeer(row)?.ratio }] : []));
  const known = ratios.filter((entry): entry is { group: string; ratio: number } => entry.ratio !== undefined);
  const means = [...new Set(known.map(({ group }) => group))].map((group) => {
    const own = known.filter((entry) => entry.group === group).map(({ ratio }) => ratio);
    return [group, String(own.length), digits(geometricMean(own))];
  });
  return { title: "Best other library's time / relabel's, geometric mean", head: ["group", "rows", "ratio"], rows: means };
}

/** What became of a peer on a row that it has no time for. */
export function outcomeOf(row: Row, peer: string): string {
  const outcome = row.peers[peer];
  return !outcome || outcome.state === "skipped" ? "-" : outcome.state.toUpperCase();
}

/** Whatever was not measured, or was and is wrong. */
function troubleTable({ rows }: Report): Table {
  const own = rows
    .filter(({ note, state }) => note || state !== "ok")
    .map((row) => [row.name, String(row.batch), "relabel", row.state, row.note ?? ""]);
  const theirs = rows.flatMap((row) =>
    Object.entries(row.peers).flatMap(([peer, { state, note }]) =>
      state === "ok" ? [] : [[row.name, String(row.batch), peer, state, note ?? ""]],
    ),
  );
  return {
    title: "Notes",
    head: ["name", "batch", "library", "state", "why"],
    rows: [...own, ...theirs],
    left: ["library", "state", "why"],
  };
}
