import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseReport } from "../../bench/report/read-report.ts";
import { ROOT } from "../../src/cli/paths.ts";

const FOLDER = join(ROOT, "bench/results");

describe("results that were sent in", () => {
  const files = readdirSync(FOLDER).filter((name) => name.endsWith(".json"));

  test("are of two adapters at least", () => {
    const adapters = files.map((name) => parseReport(readFileSync(join(FOLDER, name), "utf8"), name).adapter);
    expect(new Set(adapters.map((adapter) => JSON.stringify(adapter))).size).toBeGreaterThanOrEqual(2);
  });

  test.each(files)("%s is of a whole run, is called after its date, and names no path of a machine", (name) => {
    const text = readFileSync(join(FOLDER, name), "utf8");
    const { date, complete, options } = parseReport(text, name);
    expect(name).toMatch(/^[a-z\d-]+\.json$/);
    expect(name.endsWith(`-${date.slice(0, 10)}.json`)).toBe(true);
    expect({ complete, quick: options.quick }).toEqual({ complete: true, quick: false });
    expect(text).not.toMatch(/[" (=](\/(home|tmp|root|Users|work|mnt|var|opt|usr)\/|[A-Z]:\\)|file:/);
  });
});
