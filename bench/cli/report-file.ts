/** Reads saved runs from the disk, for the commands that show them. */
import { readFile } from "node:fs/promises";
import { CommandError } from "../../src/cli/errors.ts";
import { parseReport, ReportError } from "../report/read-report.ts";
import type { Report } from "../report/report.ts";

/** Throws a CommandError where it cannot be read, or is no saved run. */
export async function readReportFile(path: string): Promise<Report> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new CommandError(`${path} cannot be read (${cause.code})`, "Give the report.json of a run of the benchmark.", { cause });
  });
  try {
    return parseReport(text, path);
  } catch (cause) {
    if (!(cause instanceof ReportError)) throw cause;
    throw new CommandError(cause.message.replace(/\.$/, ""), cause.fix, { cause });
  }
}
