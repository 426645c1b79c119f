import { onTestFinished } from "vitest";
import type { NamedRecord } from "../../src/cli/evaluation/record.ts";
import { Sheet } from "../../src/cli/evaluation/sheet.ts";
import { temporaryFolder } from "./command-line.ts";

/** What a report has of these photos, until the test ends. */
export async function sheetOf(records: readonly NamedRecord[]): Promise<Sheet> {
  const folder = await temporaryFolder();
  const sheet = await Sheet.collect({
    folder,
    records: async function* () {
      yield* records;
    },
  });
  onTestFinished(() => sheet.close());
  return sheet;
}
