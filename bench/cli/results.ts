/** Shows results of several adapters side by side on the command line. */
import { readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { CommandError } from "../../src/cli/errors.ts";
import { forMarkdown } from "../../src/cli/escape.ts";
import { ROOT } from "../../src/cli/paths.ts";
import { printLine } from "../../src/cli/print.ts";
import { ceilingTable, entriesOf, filterShared, plainTable, shareRows, tablesOfRows } from "../report/side-by-side.ts";
import { toMarkdown } from "../report/table.ts";
import { readReportFile } from "./report-file.ts";

export interface ResultsOptions {
  filter: string;
}

/** What was sent in. */
const FOLDER = join(ROOT, "bench", "results");

/** The command `results`: prints Markdown of these files, or of all that were sent in. Throws a CommandError. */
export async function showResults(files: readonly string[], { filter }: ResultsOptions): Promise<void> {
  const paths = files.length > 0 ? files : await sentIn();
  const reports = await Promise.all(paths.map(async (path) => ({ id: basename(path), report: await readReportFile(path) })));
  const entries = entriesOf(reports);
  const rows = filterShared(shareRows(entries), entries, { text: filter, presence: "all" });
  if (rows.length === 0) throw new CommandError(`No row holds "${filter}"`, "Give other words, or leave --filter out.");
  const heads = entries.map(({ label }, at) => `${at + 1}. ${forMarkdown(label)}`);
  const tables = [plainTable(ceilingTable(entries), entries), ...tablesOfRows(rows, entries).map((table) => plainTable(table, entries))];
  printLine(["## Results side by side", heads.join("\n"), ...tables.map(toMarkdown)].join("\n\n"));
}

async function sentIn(): Promise<string[]> {
  const names = await readdir(FOLDER);
  return names.filter((name) => name.endsWith(".json")).map((name) => join(FOLDER, name));
}
