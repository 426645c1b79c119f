/** Writes what people read of an evaluation: tables, charts and a page. */
import { join } from "node:path";
import { type Table, tabulate } from "../../faces/all.ts";
import { drawChart } from "../chart.ts";
import { describeAdapter } from "../command.ts";
import { forMarkdown } from "../escape.ts";
import { asJson } from "../explain-report.ts";
import type { Outputs } from "../output-files.ts";
import { CURVES, curveChart } from "./curves.ts";
import { reportPage } from "./page.ts";
import { type Findings, isScored } from "./record.ts";
import { tableToCsv, tableToMarkdown } from "./tables.ts";

/** What the paper's differences are held against, where it was measured. */
const REFERENCE = "rise";

/** Every file of a report. */
export function reportPaths(folder: string): string[] {
  const names = ["table.md", "table.json", "table.csv", "index.html", ...CURVES.flatMap((which) => [`${which}.svg`, `${which}.png`])];
  return names.map((name) => join(folder, name));
}

/**
 * Writes the table as Markdown, JSON and CSV, the averaged curves as SVG and PNG, and a page with every photo into the run's folder, from
 * nothing but its records: all of them or none. Returns the table and the files' paths. Throws a CommandError.
 */
export async function writeReport(findings: Findings, outputs: Outputs): Promise<{ table: Table; markdown: string; files: string[] }> {
  const { folder, about, records } = findings;
  const scored = records.map(({ record }) => record).filter(isScored);
  const table = tabulate(scored, REFERENCE);
  const curves = scored.some(({ evaluation }) => evaluation.causal);
  const facts = factsOf(findings, curves);
  const markdown = tableToMarkdown(table);
  const files = new Map<string, Uint8Array | string>([
    ["table.md", `${facts.map(forMarkdown).join("\n\n")}\n\n${markdown}\n`],
    ["table.json", asJson({ ...about, ...table })],
    ["table.csv", tableToCsv(table)],
    ["index.html", reportPage(table, records, facts, curves)],
  ]);
  for (const which of curves ? CURVES : []) {
    const { svg, png } = await drawChart(curveChart(which, table, scored, facts[0] as string));
    files.set(`${which}.svg`, svg).set(`${which}.png`, png);
  }
  const contents = new Map([...files].map(([name, content]) => [join(folder, name), content]));
  // Charts of an earlier report, where this one has none.
  const stale = reportPaths(folder).filter((path) => !contents.has(path));
  const written = await outputs.write(contents, stale);
  return { table, markdown, files: written };
}

/** How the numbers were made, a line each. `curves`: whether they are of deletion and insertion. */
function factsOf({ settings, photos, records }: Findings, curves: boolean): string[] {
  const { teacher, protocol, fit, seed, precision } = settings;
  const scored = records.map(({ record }) => record).filter(isScored);
  const adapters = [...new Set(scored.flatMap(({ adapters }) => adapters.map(describeAdapter)))];
  const missing = photos - records.length;
  const skipped = records.length - scored.length;
  return [
    `${teacher}, ${curves ? `protocol ${protocol}, ` : ""}${scored.length} photos${missing > 0 ? ` so far; ${missing} are still to come` : ""}${skipped > 0 ? `; ${skipped} left out` : ""}`,
    `Photos fitted by ${fit}, seed ${seed}, ${precision}`,
    ...adapters,
  ];
}
