/** Reads saved runs: the one place that tells a valid file from another one. */
import { safeParse } from "valibot";
import { describeIssue } from "../../src/cli/schema-parts.ts";
import { GPU_SCHEMA, type Report, SCHEMA, VERSION } from "./report.ts";
import { REPORT_SCHEMA } from "./report-schema.ts";

/** A file that is no saved run: what is wrong with it, and what to do. */
export class ReportError extends Error {
  override readonly name = "ReportError";

  constructor(
    message: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

const GIVE = "Give the report.json of a run of the benchmark.";

/** Reads a saved run from its JSON; `name` is that of the file. Throws a ReportError. */
export function parseReport(text: string, name: string): Report {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ReportError(`${name} is not JSON.`, GIVE, { cause });
  }
  const { schema, version } = (value ?? {}) as { schema?: unknown; version?: unknown };
  if (schema === GPU_SCHEMA)
    throw new ReportError(
      `${name} tells how a run on a GPU went, and has no rows.`,
      "Give nets.json, variants.json or peers.json of the same folder.",
    );
  if (schema !== SCHEMA) throw new ReportError(`${name} is no report of this benchmark.`, GIVE);
  if (version !== VERSION)
    throw new ReportError(
      `${name} has version ${version} of the report's schema, and this program reads version ${VERSION}.`,
      "Measure again with this version.",
    );
  const { success, issues } = safeParse(REPORT_SCHEMA, value);
  if (success) return value as Report;
  throw new ReportError(`${name} is damaged: ${describeIssue(issues[0])}.`, "Save the run again, or measure it again.");
}
