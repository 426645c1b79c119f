/** Compares two reports on the command line, and fails where rows became slower. */
import { CommandError } from "../../src/cli/errors.ts";
import { notify, printLine } from "../../src/cli/print.ts";
import { compareReports, comparisonTables, sameAdapter, slower } from "../report/compare.ts";
import { toMarkdown } from "../report/table.ts";
import { readReportFile } from "./report-file.ts";

export interface CompareOptions {
  threshold: number;
  force?: boolean;
}

/** The command `compare`. Resolves to whether no row became slower than the threshold. Throws a CommandError. */
export async function compare(first: string, second: string, { threshold, force }: CompareOptions): Promise<boolean> {
  const [before, after] = [await readReportFile(first), await readReportFile(second)];
  if (!force && !sameAdapter(before, after))
    throw new CommandError("The reports are of different adapters", "Measure both on the same one, or compare nevertheless with --force.");
  const comparison = compareReports(before, after);
  if (comparison.changes.length === 0)
    throw new CommandError("The reports have no measured row in common", "Measure the same suites, nets and batches for both.");
  for (const difference of comparison.differences) notify(`Different ${difference}`);
  for (const [keys, what] of [
    [comparison.missing, first],
    [comparison.added, second],
  ] as const) {
    if (keys.length > 0) notify(`Only in ${what}: ${keys.join("; ")}`);
  }
  printLine(comparisonTables(comparison, threshold).map(toMarkdown).join("\n\n"));
  return slower(comparison.changes, threshold).length === 0;
}
