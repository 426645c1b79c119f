/** Writes a report for people to read. */
import { forMarkdown } from "../../src/cli/escape.ts";
import { describeSetting } from "./line.ts";
import type { Report } from "./report.ts";
import { toMarkdown } from "./table.ts";
import { tablesOf } from "./tables.ts";

/** A report as Markdown. */
export function reportToMarkdown(report: Report): string {
  const state = report.complete ? [] : ["Not complete: the run was stopped"];
  const setting = [...describeSetting(report), ...state].map((line) => `- ${forMarkdown(line)}`);
  return `${["## Benchmark", setting.join("\n"), ...tablesOf(report).map(toMarkdown), LEGEND].join("\n\n")}\n`;
}

export const LEGEND =
  "Medians of one run. GPU: by timestamps around many runs in one pass. Wall: many runs submitted in a row, divided by their number. " +
  "Alone: one run from its submit until it is finished. First: with the compilation of pipelines. " +
  "±: half width of the 95 % interval of the mean GPU time, or wall time where there is none; noisy: still above 3 % when the repeats ended. " +
  "Operations are twice the multiply-adds, bytes every input, weight and output once; rates use GPU time where there is one. " +
  "More than 100 % of the copy means that caches held the data.";
