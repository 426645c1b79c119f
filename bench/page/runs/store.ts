/** Keeps finished runs in this browser: short heads to list, and the reports apart, since those are large. */
import { createStore, del, get, set, values } from "idb-keyval";
import { PageError } from "../../../src/page/problem.ts";
import { adapterTitle } from "../../report/line.ts";
import type { Report } from "../../report/report.ts";

/** What a list says of a run. */
export interface RunHead {
  /** Tells it from all others. */
  readonly id: string;
  /** ISO 8601. */
  readonly date: string;
  readonly adapter: string;
  /** Title of the preset, or of the file that it is from. */
  readonly preset: string;
  readonly rows: number;
  readonly complete: boolean;
}

const heads = () => createStore("relabel-bench-heads", "heads");
const reports = () => createStore("relabel-bench-reports", "reports");

export function headOf(report: Report, preset: string, id = report.date): RunHead {
  const { date, adapter, rows, complete } = report;
  return { id, date, preset, complete, rows: rows.length, adapter: adapterTitle(adapter) };
}

/** The kept runs, the newest first. A browser that keeps nothing has none. */
export async function listRuns(): Promise<RunHead[]> {
  const all = await values<RunHead>(heads()).catch(() => []);
  return all.sort((a, b) => b.date.localeCompare(a.date));
}

/** Throws a PageError where the browser has no room or keeps nothing. */
export async function keepRun(report: Report, preset: string): Promise<void> {
  const head = headOf(report, preset);
  try {
    await set(head.id, report, reports());
    await set(head.id, head, heads());
  } catch (cause) {
    throw new PageError(`This browser did not keep the run (${(cause as Error).message}).`, "Save its JSON to have it later.", { cause });
  }
}

/** Undefined where it was deleted meanwhile, in another tab for instance. */
export async function openRun(id: string): Promise<Report | undefined> {
  return get<Report>(id, reports());
}

export async function deleteRun(id: string): Promise<void> {
  await del(id, heads());
  await del(id, reports());
}
