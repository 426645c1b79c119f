/** Makes all tables of a report, comparisons with other libraries and failures among them. */
import { geometricMean } from "../statistics.ts";
import { digits, percent } from "./format.ts";
import { type Report, type Row, ratesOf, summaryOf, timeOf } from "./report.ts";
import { shareTable } from "./shares.ts";
import { type Table, withoutEmptyColumns } from "./table.ts";

const SUITE_TITLES = { kernels: "Layers", nets: "Nets", explanation: "Explanation" };

/** All tables of a report, in the order of reading. */
export function tablesOf(report: Report): Table[] {
  const tables = report.options.suites.map((suite) =>
    suiteTable(
      report,
      SUITE_TITLES[suite],
      report.rows.filter((row) => row.suite === suite && row.times),
    ),
  );
  return [...tables, variantTable(report), shareTable(report), ...peerTables(report), troubleTable(report)]
    .filter(({ rows }) => rows.length > 0)
    .map(withoutEmptyColumns);
}

function suiteTable({ ceilings }: Report, title: string, rows: readonly Row[]): Table {
  const head = [
    ...["name", "batch", "GPU ms", "GPU p90", "±", "wall ms", "alone ms", "first ms"],
    ...["GFLOP/s", "of ceiling", "GB/s", "of copy", "items/s", "memory MB", "result"],
  ];
  const cells = rows.map((row) => {
    const { times, items, memory } = row;
    const rates = ratesOf(row, ceilings);
    const arithmetic = row.flops > 0 ? rates : undefined;
    const time = timeOf(row);
    return [
      ...[row.name, String(row.batch)],
      ...[digits(times?.gpu?.median), digits(times?.gpu?.p90), percent(summaryOf(row)?.interval), digits(times?.wall.median)],
      // Stages of an explanation are never grouped.
      ...[row.suite === "explanation" ? undefined : times?.latency.median, row.cold].map(digits),
      ...[digits(arithmetic?.gflops), percent(arithmetic?.arithmetic), digits(rates?.gigabytes), percent(rates?.bandwidth)],
      ...[digits(items && time && (items / time) * 1000), digits(memory && memory / 1e6)],
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

function peerTables(report: Report): Table[] {
  const names = report.peers.map(({ name }) => name);
  const ratios: { group: string; ratio: number }[] = [];
  const rows = report.rows
    .filter((row) => Object.keys(row.peers).length > 0)
    .map((row) => {
      const pairs = names.map((name) => ({ name, pair: compareWithPeer(row, name) }));
      const known = pairs.flatMap(({ name, pair }) => (pair ? [{ name, ...pair, ratio: pair.theirs / pair.ours }] : []));
      const [best] = known.sort((a, b) => a.ratio - b.ratio);
      if (best && row.state === "ok") ratios.push({ group: row.group, ratio: best.ratio });
      const theirs = pairs.map(({ name, pair }) => (pair ? `${digits(pair.theirs)}${pair.noisy ? " (noisy)" : ""}` : outcomeOf(row, name)));
      return [row.name, String(row.batch), digits(best?.ours ?? row.times?.wall.median), ...theirs, best?.name ?? "", digits(best?.ratio)];
    });
  const groups = [...new Set(ratios.map(({ group }) => group))].map((group) => {
    const own = ratios.filter((entry) => entry.group === group).map(({ ratio }) => ratio);
    return [group, String(own.length), digits(geometricMean(own))];
  });
  return [
    {
      title: "Other libraries, wall ms",
      head: ["name", "batch", "relabel", ...names, "best", "best / relabel"],
      rows,
      left: ["best"],
    },
    { title: "Best other library's time / relabel's, geometric mean", head: ["group", "rows", "ratio"], rows: groups },
  ];
}

function outcomeOf(row: Row, peer: string): string {
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
