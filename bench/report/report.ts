/** What a report holds, and what follows from a row: its time, its rates, whether it is right. */
import type { AdapterInfo } from "../../src/engine/adapter.ts";
import type { Clock } from "../../src/engine/clock.ts";
import type { ReportedCeilings } from "../../src/engine/describe-ceilings.ts";
import type { BenchOptions, SuiteName } from "../bench-options.ts";
import type { OwnTimes, Times } from "../measure.ts";
import type { Summary } from "../statistics.ts";

/** `wrong`: the result differs from the reference. `skipped`: it cannot or should not run here. `failed`: an error that should not be. */
export type State = "ok" | "wrong" | "skipped" | "failed";

/** How a result compares with its reference, and how long one run takes, in milliseconds. */
interface Outcome<T> {
  state: State;
  /** Why it is not ok, or what else should be known. */
  note?: string | undefined;
  /** Of a layer: largest error at the sampled positions, as a share of the magnitudes of its terms. Of a net: of its largest output. */
  error?: number | undefined;
  /** Of a layer: the largest error at those positions by the largest value there. */
  relative?: number | undefined;
  /** First run, with the compilation of its pipelines. */
  cold?: number | undefined;
  times?: T | undefined;
}

export type PeerOutcome = Outcome<Times>;

export interface Row extends Outcome<OwnTimes> {
  /** Names the row in every report. */
  key: string;
  suite: SuiteName;
  /** What it is compared among. */
  group: string;
  name: string;
  batch: number;
  /** How often a layer occurs, by net. */
  uses: Record<string, number>;
  /** Of one run of the whole batch; 0 where nothing is counted. */
  flops: number;
  bytes: number;
  /** Images or synthetic samples in a run, where a rate says something. */
  items?: number | undefined;
  /** Most bytes of GPU memory that the row took. */
  memory?: number | undefined;
  /** Of the engine's error that is why there is no result. */
  code?: string | undefined;
  /** How a dense layer was computed, where every way is measured. */
  variant?: string | undefined;
  /** By name of the peer. */
  peers: Record<string, PeerOutcome>;
}

export interface PeerInfo {
  name: string;
  version: string;
  settings: string;
}

export interface RuntimeInfo {
  name: string;
  version: string;
}

export const SCHEMA = "relabel-bench";
/** Of what `bench:gpu` writes beside the reports of its steps. */
export const GPU_SCHEMA = "relabel-bench-gpu";
export const VERSION = 1;

/** Everything that a run of the benchmark found; what its JSON holds. */
export interface Report {
  schema: typeof SCHEMA;
  version: typeof VERSION;
  /** ISO 8601. */
  date: string;
  /** Of the sources, where it is known. */
  revision?: string | undefined;
  adapter: AdapterInfo;
  runtime: RuntimeInfo;
  dtype: BenchOptions["precision"];
  timer: Clock;
  options: BenchOptions;
  ceilings: ReportedCeilings;
  peers: PeerInfo[];
  /** False where the run was stopped before its last row. */
  complete: boolean;
  rows: Row[];
}

/** GPU time where it was measured, else wall time. */
export function summaryOf({ times }: Row): Summary | undefined {
  return times?.gpu ?? times?.wall;
}

/** The median of `summaryOf`, in milliseconds. */
export function timeOf(row: Row): number | undefined {
  return summaryOf(row)?.median;
}

/** Images or synthetic samples a second, where a run takes any. */
export function itemRateOf(row: Row): number | undefined {
  const time = timeOf(row);
  return row.items && time ? (row.items / time) * 1000 : undefined;
}

/** Achieved rates of a row and their shares of the adapter's ceilings. */
export interface Rates {
  gflops: number;
  gigabytes: number;
  arithmetic: number;
  bandwidth: number;
}

export function ratesOf(row: Row, ceilings: ReportedCeilings): Rates | undefined {
  const time = timeOf(row);
  if (time === undefined || row.bytes === 0) return undefined;
  const [gflops, gigabytes] = [row.flops / time / 1e6, row.bytes / time / 1e6];
  return { gflops, gigabytes, arithmetic: gflops / ceilings.gflops, bandwidth: gigabytes / ceilings.gigabytes };
}

/** Share of the ceiling that is the nearer one. */
export function nearerShare(rates: Rates | undefined): number | undefined {
  return rates && Math.max(rates.arithmetic, rates.bandwidth);
}

/** True where a result was wrong or an error occurred that should not. */
export function hasFaults({ rows }: Report): boolean {
  return rows.some(({ state }) => state === "wrong" || state === "failed");
}
