/** Where results come from: files that were sent in, runs that this browser keeps, and files that the visitor opens. */
import type { Report } from "../../report/report.ts";
import { readReport } from "../report-files.ts";
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

/** Those that were sent in; `onProblem` hears of a file that is wrong, which keeps no other out. */
export async function listSentIn(onProblem: (error: unknown) => void): Promise<Source[]> {
  const sources = Object.entries(SENT_IN).map(async ([path, load]) => {
    const file = path.split("/").at(-1) as string;
    try {
      return [sourceOf(readReport(await load(), file), file, file.replace(/\.json$/, ""), "sent in")];
    } catch (error) {
      onProblem(error);
      return [];
    }
  });
  return (await Promise.all(sources)).flat();
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
