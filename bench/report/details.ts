/** Says of one row all that a table has no room for. */
import type { Summary } from "../statistics.ts";
import { digits, percent } from "./format.ts";
import type { PeerOutcome, Row } from "./report.ts";

function describeSummary({ median, p90, min, interval, noisy, samples, runs }: Summary): string {
  const of = runs === 1 ? "single runs" : `groups of ${runs} runs`;
  const spread = interval === undefined ? "" : `, mean known to ±${percent(interval)}${noisy ? " (noisy)" : ""}`;
  return `median ${digits(median)} ms, 90th percentile ${digits(p90)}, least ${digits(min)}${spread}; ${samples} samples of ${of}`;
}

/** Title and text of everything that is known of a row. */
export function detailsOf(row: Row): [title: string, text: string][] {
  const { times, note, cold, error, relative, uses, flops, bytes, suite } = row;
  const details: [string, string | undefined][] = [
    ["Note", note],
    ["GPU", times?.gpu && describeSummary(times.gpu)],
    ["Wall", times && describeSummary(times.wall)],
    ["Alone", times && suite !== "explanation" ? describeSummary(times.latency) : undefined],
    ["First run", cold === undefined ? undefined : `${digits(cold)} ms, with the compilation of its pipelines`],
    ["Work", bytes > 0 ? `${digits(flops / 1e9) || 0} GFLOP, ${digits(bytes / 1e6)} MB` : undefined],
    ["Largest error", error?.toExponential(1)],
    ["Largest error by the largest value", relative?.toExponential(1)],
    [
      "Occurs in",
      Object.entries(uses)
        .map(([net, count]) => `${net} (${count})`)
        .join(", "),
    ],
    ...Object.entries(row.peers).map(([name, outcome]): [string, string] => [name, describePeer(outcome)]),
  ];
  return details.flatMap(([title, text]) => (text ? [[title, text] as [string, string]] : []));
}

function describePeer({ state, note, times, cold }: PeerOutcome): string {
  const timed = times && `${describeSummary(times.wall)}; first run ${digits(cold)} ms`;
  return [state === "ok" ? undefined : state, note, timed].filter(Boolean).join("; ");
}
