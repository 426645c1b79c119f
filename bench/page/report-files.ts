/** How saved runs come from files to a page. */
import { mountDrop, mountPicker } from "../../src/page/file-ways.ts";
import { PageError } from "../../src/page/problem.ts";
import { parseReport, ReportError } from "../report/read-report.ts";
import type { Report } from "../report/report.ts";

/** Opens what is chosen by the picker #open-files, or dropped anywhere on the page. `onProblem` hears of everything that fails. */
export function mountFiles(open: (files: readonly File[]) => Promise<void>, onProblem: (error: unknown) => void): void {
  const tryToOpen = (files: readonly File[]) => void open(files).catch(onProblem);
  mountPicker("open-files", tryToOpen);
  mountDrop(tryToOpen, () => onProblem(new PageError("What was dropped is not a file.", "Save it first, then drop its file.")));
}

/** A saved run from its JSON. Throws a PageError. */
export function readReport(text: string, name: string): Report {
  try {
    return parseReport(text, name);
  } catch (cause) {
    if (!(cause instanceof ReportError)) throw cause;
    throw new PageError(cause.message, cause.fix, { cause });
  }
}
