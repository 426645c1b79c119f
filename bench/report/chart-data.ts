/** The numbers that the charts of a report show, for files of the command line and for the page. */
import { digits, percent } from "./format.ts";
import { nearerShare, type Report, type Row, ratesOf, timeOf } from "./report.ts";
import { compareWithPeer } from "./tables.ts";

/** Bars end here; what caches speed up beyond it would make the others short. */
export const LONGEST_SHARE = 1.2;

interface Mark {
  /** The row's. */
  readonly key: string;
  readonly name: string;
  readonly group: string;
  readonly batch: number;
}

/** A layer that computes. */
export interface Dot extends Mark {
  /** Operations a byte. */
  readonly intensity: number;
  readonly gflops: number;
}

export interface Roofline {
  readonly gflops: number;
  readonly gigabytes: number;
  /** Operations a byte from which on arithmetic is the lower ceiling. */
  readonly ridge: number;
  /** Ends of the axis of operations a byte, and of rates. */
  readonly intensities: readonly [low: number, high: number];
  readonly rates: readonly [low: number, high: number];
  readonly dots: readonly Dot[];
}

export interface Bar extends Mark {
  /** Of the ceiling that is the nearer one, not cut. */
  readonly share: number;
  /** Of one run. */
  readonly milliseconds: number;
  /** Share, time and rate, in words. */
  readonly words: readonly [share: string, time: string, rate: string];
}

export interface BarChart {
  /** Of its file. */
  readonly name: string;
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** One row by everyone that has a time for it: libraries, or adapters. */
export interface Race extends Omit<Mark, "group"> {
  readonly entries: readonly { readonly contestant: string; readonly milliseconds: number; readonly ratio: number }[];
}

const measured = ({ rows, ceilings }: Report) => rows.filter((row) => row.state === "ok" && ratesOf(row, ceilings));
const markOf = ({ key, name, group, batch }: Row): Mark => ({ key, name, group, batch });

/** Undefined where no layer computes. */
export function rooflineOf(report: Report): Roofline | undefined {
  const { gflops, gigabytes } = report.ceilings;
  const dots = measured(report)
    .filter(({ suite, flops }) => suite === "kernels" && flops > 0)
    .map((row) => ({ ...markOf(row), intensity: row.flops / row.bytes, gflops: ratesOf(row, report.ceilings)?.gflops as number }));
  if (dots.length === 0) return undefined;
  const ridge = gflops / gigabytes;
  const intensities = dots.map(({ intensity }) => intensity);
  const [low, high] = [Math.min(ridge / 4, ...intensities) / 1.5, Math.max(ridge * 4, ...intensities) * 1.5];
  const rates = [low * gigabytes, gflops, ...dots.map((dot) => dot.gflops)];
  return { gflops, gigabytes, ridge, dots, intensities: [low, high], rates: [Math.min(...rates), Math.max(...rates)] };
}

export const layersName = (batch: number) => `layers-batch-${batch}`;

/** A chart of matrix products, one of nets, and one of layers for every batch size; those that have bars. */
export function barCharts(report: Report): BarChart[] {
  const rows = measured(report);
  const layers = rows.filter(({ suite, group }) => suite === "kernels" && group !== "gemm");
  const batches = [...new Set(layers.map(({ batch }) => batch))];
  const chart = (name: string, title: string, chosen: readonly Row[], named = ({ name }: Row) => name): BarChart => ({
    ...{ name, title },
    bars: chosen.map((row) => ({ ...barOf(row, report), name: named(row) })),
  });
  const withBatch = ({ name, batch }: Row) => `${name}, batch ${batch}`;
  return [
    chart(
      ...(["gemm", "Matrix products"] as const),
      rows.filter(({ suite, group }) => suite === "kernels" && group === "gemm"),
    ),
    ...batches.map((batch) =>
      chart(
        layersName(batch),
        `Layers, batch ${batch}`,
        layers.filter((row) => row.batch === batch),
      ),
    ),
    chart(
      ...(["nets", "Nets"] as const),
      rows.filter(({ suite }) => suite === "nets"),
      withBatch,
    ),
  ].filter(({ bars }) => bars.length > 0);
}

function barOf(row: Row, { ceilings }: Report): Bar {
  const rates = ratesOf(row, ceilings);
  const share = nearerShare(rates) ?? 0;
  const milliseconds = timeOf(row) as number;
  const rate = row.flops > 0 ? `${digits(rates?.gflops)} GFLOP/s` : `${digits(rates?.gigabytes)} GB/s`;
  return { ...markOf(row), share, milliseconds, words: [percent(share), `${digits(milliseconds)} ms`, rate] };
}

/** Rows that other libraries were measured on, nets first; ratios are theirs by relabel's. */
export function racesOf({ rows, peers }: Report): Race[] {
  const races = rows.flatMap((row) => {
    const others = peers.flatMap(({ name }) => {
      const pair = compareWithPeer(row, name);
      return pair ? [{ contestant: name, milliseconds: pair.theirs, ratio: pair.theirs / pair.ours, ours: pair.ours }] : [];
    });
    const [first] = others;
    if (!first || row.state !== "ok") return [];
    const ours = { contestant: "relabel", milliseconds: first.ours, ratio: 1 };
    const { key, name, batch, suite } = row;
    return [{ key, name, batch, suite, entries: [ours, ...others.map(({ ours: _, ...entry }) => entry)] }];
  });
  const nets = races.filter(({ suite }) => suite === "nets");
  return [...nets, ...races.filter(({ suite }) => suite !== "nets")].map(({ suite: _, ...race }) => race);
}
