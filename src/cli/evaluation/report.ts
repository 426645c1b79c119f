/** Writes what people read of an evaluation: tables, charts and a page. */
import { join } from "node:path";
import type { Table } from "../../faces/all.ts";
import { drawChart } from "../chart.ts";
import { CommandError } from "../errors.ts";
import { forMarkdown } from "../escape.ts";
import type { Content } from "../files.ts";
import { asJson } from "../json-file.ts";
import type { Outputs } from "../output-files.ts";
import { CURVES, curveChart } from "./curves.ts";
import { earlierPages, reportPages } from "./html/pages.ts";
import type { Findings } from "./record.ts";
import { rowsToCsv } from "./rows.ts";
import { Sheet } from "./sheet.ts";
import { tableToCsv, tableToMarkdown } from "./tables.ts";

/** What the paper's differences are held against, where it was measured. */
const REFERENCE = "rise";

/** Every file of a report, but for further pages of one that is still to be written. */
export async function reportPaths(folder: string): Promise<string[]> {
  const tables = ["table.md", "table.json", "table.csv", "rows.csv"];
  const names = [...tables, "index.html", ...CURVES.flatMap((which) => [`${which}.svg`, `${which}.png`])];
  return [...names.map((name) => join(folder, name)), ...(await earlierPages(folder))];
}

/**
 * Writes the table as Markdown, JSON and CSV, every row as CSV, the averaged curves as SVG and PNG, and pages with every photo into the run's
 * folder, from nothing but its records: all of them or none. Returns the table and the files' paths. Throws a CommandError, also where no photo
 * has scores.
 */
export async function writeReport(findings: Findings, outputs: Outputs): Promise<{ table: Table; markdown: string; files: string[] }> {
  const sheet = await Sheet.collect(findings);
  try {
    if (sheet.scored > 0) return await writeSheet(sheet, findings, outputs);
  } finally {
    await sheet.close();
  }
  throw new CommandError(
    `No photo of ${findings.folder} has scores`,
    "Give photos that can be read; the reasons are in its photos folder.",
  );
}

async function writeSheet(
  sheet: Sheet,
  findings: Findings,
  outputs: Outputs,
): Promise<{ table: Table; markdown: string; files: string[] }> {
  const { folder, about } = findings;
  const table = sheet.tabulation.table(REFERENCE);
  const facts = factsOf(findings, sheet);
  const markdown = tableToMarkdown(table);
  const files = new Map<string, Content>([
    ["table.md", `${facts.map(forMarkdown).join("\n\n")}\n\n${markdown}\n`],
    ["table.json", asJson({ ...about, ...table })],
    ["table.csv", tableToCsv(table)],
    ["rows.csv", () => rowsToCsv(sheet, table.rows)],
    ...(await reportPages(table, sheet, facts)),
  ]);
  for (const which of sheet.replaced ? CURVES : []) {
    const { svg, png } = await drawChart(curveChart(which, table, sheet, facts[0] as string));
    files.set(`${which}.svg`, svg).set(`${which}.png`, png);
  }
  const contents = new Map([...files].map(([name, content]) => [join(folder, name), content]));
  // Charts and pages of an earlier report that this one has not.
  const stale = (await reportPaths(folder)).filter((path) => !contents.has(path));
  const written = await outputs.write(contents, stale);
  return { table, markdown, files: written };
}

/** How the numbers were made, a line each. */
function factsOf({ settings, photos }: Findings, { scored, leftOut, replaced, adapters }: Sheet): string[] {
  const { teacher, protocol, fit, seed, precision } = settings;
  const missing = photos - scored - leftOut;
  return [
    `${teacher}, ${replaced ? `protocol ${protocol}, ` : ""}${scored} photos${missing > 0 ? ` so far; ${missing} are still to come` : ""}${leftOut > 0 ? `; ${leftOut} left out` : ""}`,
    `Photos fitted by ${fit}, seed ${seed}, ${precision}`,
    ...adapters,
  ];
}
