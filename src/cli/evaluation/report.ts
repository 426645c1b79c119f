import { join } from "node:path";
import { type Table, tabulate } from "../../index.ts";
import { drawChart } from "../chart.ts";
import { describeAdapter } from "../command.ts";
import { forMarkdown } from "../escape.ts";
import { replaceFiles } from "../files.ts";
import { CURVES, curveChart } from "./curves.ts";
import { reportPage } from "./page.ts";
import { isScored, type Store } from "./store.ts";
import { tableToCsv, tableToMarkdown } from "./tables.ts";

/** What the paper's differences are held against, where it was measured. */
const REFERENCE = "rise";

/**
 * Writes the table as Markdown, JSON and CSV, the averaged curves as SVG and PNG, and a page with every photo into the run's folder, from
 * nothing but its records. Returns the table and the files' paths.
 */
export async function writeReport(store: Store): Promise<{ table: Table; markdown: string; files: string[] }> {
  const records = store.records.map(({ record }) => record);
  const scored = records.filter(isScored);
  const table = tabulate(scored, REFERENCE);
  const facts = factsOf(store);
  const markdown = tableToMarkdown(table);
  const files = new Map<string, Uint8Array | string>([
    ["table.md", `${facts.map(forMarkdown).join("\n\n")}\n\n${markdown}\n`],
    ["table.json", `${JSON.stringify({ settings: store.run.settings, ...table }, undefined, 2)}\n`],
    ["table.csv", tableToCsv(table)],
    ["index.html", reportPage(table, store.records, facts)],
  ]);
  for (const which of CURVES) {
    const { svg, png } = await drawChart(curveChart(which, table, scored, facts[0] as string));
    files.set(`${which}.svg`, svg).set(`${which}.png`, png);
  }
  const placed = new Map([...files].map(([name, content]) => [join(store.folder, name), content]));
  await replaceFiles(placed);
  return { table, markdown, files: [...placed.keys()] };
}

/** How the numbers were made, a line each. */
function factsOf({ run, records }: Store): string[] {
  const { teacher, protocol, fit, seed, precision } = run.settings;
  const scored = records.map(({ record }) => record).filter(isScored);
  const adapters = [...new Set(scored.flatMap(({ adapter }) => (adapter ? describeAdapter(adapter) : [])))];
  const missing = run.photos.length - records.length;
  const skipped = records.length - scored.length;
  return [
    `${teacher}, protocol ${protocol}, ${scored.length} photos${missing > 0 ? ` so far; ${missing} are still to come` : ""}${skipped > 0 ? `; ${skipped} left out` : ""}`,
    `Photos fitted by ${fit}, seed ${seed}, ${precision}`,
    ...adapters,
  ];
}
