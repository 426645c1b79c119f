/** Where results come from: files that were sent in, runs that this browser keeps, and files that the visitor opens. */
import { parseReport } from "../../report/read-report.ts";
import type { Report } from "../../report/report.ts";
import { headOf, listRuns, openRun, type RunHead } from "../runs/store.ts";

/** A result that can be shown. */
export interface Source {
  readonly head: RunHead;
  /** Who has it, in a few words. */
  readonly from: string;
  /** Undefined where it is gone meanwhile. */
  open(): Promise<Report | undefined>;
}

const SENT_IN = import.meta.glob<string>("../../results/*.json", { query: "?raw", import: "default" });

/** Those that were sent in. Throws a ReportError. */
export async function listSentIn(): Promise<Source[]> {
  return Promise.all(
    Object.entries(SENT_IN).map(async ([path, load]) => {
      const file = path.split("/").at(-1) as string;
      const report = parseReport(await load(), file);
      return sourceOf(report, file, file.replace(/\.json$/, ""), "sent in");
    }),
  );
}

/** Those of this browser, the newest first. */
export async function listKept(): Promise<Source[]> {
  return (await listRuns()).map((head) => ({ head, from: "this browser", open: () => openRun(head.id) }));
}

/** A file that the visitor opened. */
export function opened(report: Report, file: string): Source {
  return sourceOf(report, file, `file ${file} ${report.date}`, "a file");
}

function sourceOf(report: Report, file: string, id: string, from: string): Source {
  return { head: headOf(report, file, id), from, open: async () => report };
}
