import { describe, expect, test } from "vitest";
import { parseReport, type ReportError } from "../../bench/report/read-report.ts";
import { report, row, summary } from "./report-case.ts";

/** What is said of a file with this content. */
function refusal(text: string): string {
  try {
    parseReport(text, "a.json");
  } catch (error) {
    const { message, fix } = error as ReportError;
    return `${message} ${fix}`;
  }
  return "";
}

const times = { wall: summary(2), latency: summary(3) };

/** A good report of two rows, with this in place of its second one. */
const withRow = (change: object) => ({ ...report([row("a", 1)]), rows: [row("a", 1), { ...row("b", 1), ...change }] });

describe("a saved run", () => {
  test("comes back from its JSON as it was, whatever later versions add", () => {
    const rows = [row("a", 1), row("b", undefined, { state: "skipped", note: "too large", times: undefined, code: "LIMIT" })];
    const original = { ...report(rows), generator: "relabel 9", ceilings: { gflops: 4000, gigabytes: 400, tensor: 9 } };
    expect(parseReport(JSON.stringify(original), "a.json")).toEqual(JSON.parse(JSON.stringify(original)));
  });

  test("may have values that were not finite, and none of what earlier versions did not measure", () => {
    const { mean: _, interval: __, ...earlier } = { ...summary(1), mean: 1, interval: 0.1 };
    const change = { error: Number.POSITIVE_INFINITY, state: "wrong", times: { wall: earlier, latency: earlier } };
    expect(refusal(JSON.stringify(withRow(change)))).toBe("");
  });

  const good = report([row("a", 1)]);
  const { runtime: _, ...withoutRuntime } = good;
  const { batch: __, ...withoutBatch } = row("b", 1);

  test.each([
    ["cut off", JSON.stringify(good).slice(0, 99), "a.json is not JSON. Give the report.json of a run of the benchmark."],
    ["empty", "", "a.json is not JSON. Give the report.json of a run of the benchmark."],
    ["null", "null", "a.json is no report of this benchmark. Give the report.json of a run of the benchmark."],
    ["something else", '{"rows":[]}', "a.json is no report of this benchmark. Give the report.json of a run of the benchmark."],
    [
      "the summary of a GPU",
      '{"schema":"relabel-bench-gpu","version":1}',
      "a.json tells how a run on a GPU went, and has no rows. Give nets.json, variants.json or peers.json of the same folder.",
    ],
    [
      "of a later version",
      JSON.stringify({ ...good, version: 99 }),
      "a.json has version 99 of the report's schema, and this program reads version 1. Measure again with this version.",
    ],
  ])("%s is refused in words", (_, text, words) => {
    expect(refusal(text)).toBe(words);
  });

  test.each([
    ["no runtime", withoutRuntime, 'the field "runtime" is missing'],
    ["a day for a time", { ...good, date: "30 November" }, 'the field "date" should be a time of ISO 8601, and is "30 November"'],
    ["no ceiling", { ...good, ceilings: { gigabytes: 4 } }, 'the field "ceilings.gflops" is missing'],
    ["a ceiling of 0", { ...good, ceilings: { gflops: 0, gigabytes: 4 } }, 'the field "ceilings.gflops" should be above 0, and is 0'],
    ["rows that are none", { ...good, rows: {} }, /^the field "rows" should be Array, and is /],
    ["a row without batch", { ...good, rows: [row("a", 1), withoutBatch] }, 'the field "rows.1.batch" is missing'],
    ["a batch of a half", withRow({ batch: 0.5 }), 'the field "rows.1.batch" should be a whole number, and is 0.5'],
    [
      "an unknown state",
      withRow({ state: "fine" }),
      'the field "rows.1.state" should be ("ok" | "wrong" | "skipped" | "failed"), and is "fine"',
    ],
    ["an unknown suite", withRow({ suite: "disks" }), /^the field "rows.1.suite" should be .*"kernels".*, and is "disks"$/],
    [
      "a negative time",
      withRow({ times: { ...times, gpu: summary(-1) } }),
      'the field "rows.1.times.gpu.median" should be 0 or more, and is -1',
    ],
    [
      "a median below the least",
      withRow({ times: { ...times, wall: { ...summary(2), min: 3 } } }),
      /^the field "rows.1.times.wall" should be times in the order min, median, p90, and is /,
    ],
    ["no wall time", withRow({ times: { latency: summary(2) } }), 'the field "rows.1.times.wall" is missing'],
    ["times in words", withRow({ cold: "5 ms" }), 'the field "rows.1.cold" should be number, and is "5 ms"'],
    ["two rows of one key", withRow({ key: row("a", 1).key }), /^the field "rows.1" should be a row whose key no other row has, and is /],
  ])("with %s is damaged, and the field is named", (_, content, words) => {
    const [, what] = /^a\.json is damaged: (.*)\. Save the run again, or measure it again\.$/.exec(refusal(JSON.stringify(content))) ?? [];
    expect(what).toMatch(words);
  });
});
