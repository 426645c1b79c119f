/** Tells whoever waits for the benchmark what was measured last. */
import { notify } from "../../src/cli/print.ts";
import { describeRow, describeSetting } from "../report/line.ts";
import type { Report, Row } from "../report/report.ts";
import type { Host } from "../run.ts";

export interface Watcher extends Pick<Host, "onReport" | "onStatus"> {
  readonly signal: AbortSignal;
}

/** Prints the adapter, then every row as it comes, on stderr. */
export function printingWatcher(signal: AbortSignal): Watcher {
  let printed = 0;
  return {
    signal,
    onReport(report: Report, done: number, total: number) {
      if (done === 0) for (const line of describeSetting(report)) notify(line);
      for (const row of report.rows.slice(printed) as Row[]) notify(`[${done}/${total}] ${describeRow(row, report.ceilings)}`);
      printed = report.rows.length;
    },
    onStatus() {},
  };
}
