/** Says in single lines where a run took place and what a row found. */
import { type AdapterInfo, adapterName } from "../../src/engine/adapter.ts";
import type { Clock } from "../../src/engine/clock.ts";
import { describeCeilings, type ReportedCeilings } from "../../src/engine/describe-ceilings.ts";
import type { Precision } from "../../src/ops/packed-weights.ts";
import { digits, percent } from "./format.ts";
import { type Report, type Row, ratesOf, summaryOf, timeOf } from "./report.ts";

/** An adapter's name, and that it is a software adapter where it is one. */
export function adapterTitle(adapter: AdapterInfo): string {
  return `${adapterName(adapter)}${adapter.software ? " (software)" : ""}`;
}

/** Where and how a report was measured: one fact a line. */
export function describeSetting({ adapter, runtime, date, revision, dtype, timer, options, ceilings, peers }: Report): string[] {
  const asked = [
    `suites ${options.suites.join(", ")}`,
    options.nets && `nets ${options.nets.join(", ")}`,
    `batches ${options.batches.join(", ")}`,
    options.layer && `layers matching /${options.layer}/`,
    options.variants ? "every way to compute each dense layer" : undefined,
    options.quick ? "quick: few repeats, not for comparisons" : undefined,
    options.samples && `${options.samples} samples`,
  ];
  return [
    `Adapter: ${adapterName(adapter)}${adapter.software ? " (software: times say nothing about GPUs)" : ""}`,
    `Runtime: ${runtime.name} ${runtime.version}`,
    `Date: ${date}${revision ? `, revision ${revision}` : ""}`,
    `Precision: ${precisionTitle(dtype, options.activations)}`,
    `GPU clock: ${describeClock(timer)}`,
    `Options: ${asked.filter(Boolean).join("; ")}`,
    `Ceilings of this adapter: ${describeCeilings(ceilings)}`,
    ...peers.map(({ name, version, settings }) => `Peer: ${name} ${version}${settings ? `, ${settings}` : ""}`),
  ];
}

function precisionTitle(weights: Precision, activations: Precision = "f32"): string {
  const halves = [weights === "f16" ? "weights of dense layers" : "", activations === "f16" ? "values between layers" : ""].filter(Boolean);
  return halves.length > 0 ? `${halves.join(" and ")} f16, all else f32` : "f32";
}

function describeClock({ mode, step }: Clock): string {
  if (mode === "none") return "none; all times are wall times";
  const steps = `timestamp queries, ${mode}, in steps of ${step < 1000 ? `${step} ns` : `${digits(step / 1000)} us`}`;
  return mode === "exact" ? steps : `${steps}; groups of runs are long enough for that`;
}

/** A row in one line, for those who wait. */
export function describeRow(row: Row, ceilings: ReportedCeilings): string {
  const name = `${row.name}, batch ${row.batch}`;
  if (row.state === "skipped") return `${name}: skipped, ${row.note}`;
  const rates = ratesOf(row, ceilings);
  const parts = [
    row.state === "ok" ? undefined : row.state === "wrong" ? `WRONG, error ${row.error?.toExponential(1)}` : `FAILED, ${row.note}`,
    timeOf(row) === undefined ? undefined : `${digits(timeOf(row))} ms`,
    rates && row.flops > 0 ? `${digits(rates.gflops)} GFLOP/s (${percent(rates.arithmetic)})` : undefined,
    rates ? `${digits(rates.gigabytes)} GB/s (${percent(rates.bandwidth)})` : undefined,
    summaryOf(row)?.noisy ? `noisy: ±${percent(summaryOf(row)?.interval)}` : undefined,
  ];
  return `${name}: ${parts.filter(Boolean).join(", ")}`;
}
