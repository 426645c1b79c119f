import { describe, expect, test } from "vitest";
import { chartsOf } from "../../bench/report/charts.ts";
import { compareReports, comparisonTables, describeComparison, sameAdapter, slower } from "../../bench/report/compare.ts";
import { digits, percent } from "../../bench/report/format.ts";
import { describeRow, describeSetting } from "../../bench/report/line.ts";
import { reportToMarkdown } from "../../bench/report/markdown.ts";
import { hasFaults, type Row, ratesOf } from "../../bench/report/report.ts";
import { shareTable } from "../../bench/report/shares.ts";
import { toMarkdown } from "../../bench/report/table.ts";
import { compareWithPeer } from "../../bench/report/tables.ts";
import type { Summary } from "../../bench/statistics.ts";
import { report, row, summary } from "./report-case.ts";

describe("a report", () => {
  test("takes rates from GPU time and holds them against the ceilings", () => {
    expect(ratesOf(row("a", 1), report([]).ceilings)).toEqual({ gflops: 2000, gigabytes: 4, arithmetic: 0.5, bandwidth: 0.01 });
    expect(ratesOf(row("a", undefined), report([]).ceilings)?.gflops).toBe(1000);
  });

  test("has faults where a result is wrong or failed, not where a row was skipped", () => {
    expect(hasFaults(report([row("a", 1), row("b", 1, { state: "skipped" })]))).toBe(false);
    expect(hasFaults(report([row("a", 1, { state: "wrong" })]))).toBe(true);
    expect(hasFaults(report([row("a", 1, { state: "failed" })]))).toBe(true);
  });
});

describe("Markdown", () => {
  test("stands under each other, words left and numbers right", () => {
    expect(
      toMarkdown({
        title: "T",
        head: ["name", "ms", "why"],
        rows: [
          ["a|b", "1.25", "x\ny"],
          ["c", "", ""],
        ],
        left: ["why"],
      }),
    ).toBe(["### T", "", "| name |   ms | why |", "| ---- | ---: | --- |", "| a\\|b | 1.25 | x y |", "| c    |      |     |"].join("\n"));
  });

  test("names adapter, clock and ceilings, marks what is wrong and says why a row is missing", () => {
    const skipped = row("b", undefined, { state: "skipped", note: "needs more memory", times: undefined });
    const text = reportToMarkdown(report([row("a", 1), row("w", 1, { state: "wrong", note: "differs" }), skipped], { complete: false }));
    expect(text).toContain("- Adapter: nvidia ada\n");
    expect(text).toContain("timestamp queries, exact, in steps of 32 ns");
    expect(text).toContain("4000 GFLOP/s");
    expect(text).toContain("Not complete");
    expect(text).toMatch(/\| a +\| +8 \| +1\.00 \|.*right \|/);
    expect(text).toMatch(/\| w .*WRONG \|/);
    expect(text).toMatch(/\| b +\| +8 \| relabel \| skipped \| needs more memory \|/);
  });

  test("numbers have three digits and no exponent", () => {
    expect([1234.5, 123.4, 12.34, 0.01234, 0, undefined, Number.NaN].map(digits)).toEqual(["1235", "123", "12.3", "0.0123", "0", "", ""]);
    expect(percent(0.456)).toBe("46 %");
  });

  test("a row while one waits", () => {
    expect(describeRow(row("a", 1), report([]).ceilings)).toBe("a, batch 8: 1.00 ms, 2000 GFLOP/s (50 %), 4.00 GB/s (1 %)");
    expect(describeRow(row("a", 1, { state: "wrong", error: 0.25 }), report([]).ceilings)).toContain("WRONG, error 2.5e-1");
  });
});

describe("comparing two reports", () => {
  const before = report([row("a", 1), row("b", 2), row("c", 4), row("gone", 1), row("bad", 1, { state: "wrong" })]);
  const after = report([row("a", 1.2), row("b", 2.04), row("c", 2), row("new", 1), row("bad", 9)]);

  test("puts the most slowed down first and counts only what both measured rightly", () => {
    const { changes, missing, added } = compareReports(before, after);
    expect(changes.map(({ key, ratio }) => [key, ratio])).toEqual([
      ["kernels/a b8", 1.2],
      ["kernels/b b8", 1.02],
      ["kernels/c b8", 0.5],
    ]);
    expect(missing).toEqual(["kernels/gone b8"]);
    expect(added).toEqual(["kernels/new b8", "kernels/bad b8"]);
    expect(slower(changes, 1.05).map(({ key }) => key)).toEqual(["kernels/a b8"]);
    expect(comparisonTables(compareReports(before, after), 1.05).map(({ title, rows }) => [title, rows.length])).toEqual([
      ["Slower", 1],
      ["Faster", 1],
      ["All", 1],
    ]);
  });

  test("says in words what changed, what is noise and what forbids a comparison", () => {
    const texts = (first = before, second = after) => describeComparison(first, second, 1.05).map(({ text }) => text);
    expect(texts()).toEqual([
      "Of 3 rows 1 became slower and 1 faster by more than 5 %; 1 did not change.",
      "Only before: kernels/gone b8.",
      "Only after: kernels/new b8; kernels/bad b8.",
    ]);
    expect(texts(before, before)[0]).toBe("Of 4 rows 0 became slower and 0 faster by more than 5 %; 4 did not change.");
    const timed = (gpu: number) => row("a", gpu, { times: { gpu: summary(gpu, 10, 0.1), wall: summary(gpu), latency: summary(gpu) } });
    expect(texts(report([timed(1)]), report([timed(1.08)]))).toEqual([
      "Of 1 rows 0 became slower and 0 faster by more than 5 %; 0 did not change.",
      "1 changed by as much, but by no more than their noise. Measure again.",
    ]);
    const other = report([row("z", 1)], { adapter: { ...before.adapter, architecture: "ampere" } });
    expect(texts(before, other).slice(0, 2)).toEqual([
      "Different adapters: nvidia ada, then nvidia ampere. The ratios compare machines.",
      "The runs have no measured row in common. Choose two of the same suites, nets and batches.",
    ]);
    expect(comparisonTables(compareReports(before, other), 1.05)).toEqual([]);
    const many = report(["a", "b", "c", "d", "e", "f", "g"].map((name) => row(name, 1)));
    expect(texts(report([row("a", 1)]), many).at(-1)).toMatch(/^Only after: (kernels\/[b-f] b8; ){5}and 1 more\.$/);
  });

  test("takes wall times where only one has GPU times", () => {
    const [change] = compareReports(report([row("a", 1)]), report([row("a", undefined)])).changes;
    expect(change).toMatchObject({ before: 2, after: 2 });
  });

  test("tells adapters apart, and says what else differs", () => {
    const other = report([], { adapter: { ...before.adapter, architecture: "ampere" }, dtype: "f16" });
    expect(sameAdapter(before, after)).toBe(true);
    expect(sameAdapter(before, other)).toBe(false);
    expect(compareReports(before, other).differences).toEqual(["precision: f32, then f16"]);
    const halves = report([], { options: { ...before.options, activations: "f16" } });
    expect(compareReports(before, halves).differences).toEqual(["precision: f32, then f32 on f16"]);
    expect(describeSetting(before)).toContain("Precision: f32");
    expect(describeSetting(halves)).toContain("Precision: values between layers f16, all else f32");
  });

  test("names ceilings that moved, of those that both measured", () => {
    const older = report([], { ceilings: { gflops: 4000, gigabytes: 300 } });
    const newer = report([], { ceilings: { gflops: 4000, gflopsF16: 8000, gopsDot4: 9000, gigabytes: 400, read: 420, write: 380 } });
    expect(compareReports(older, newer).differences).toEqual(["ceiling, GB/s: 300, then 400"]);
    const moved = report([], { ceilings: { ...newer.ceilings, gflopsF16: 7000, write: 190 } });
    expect(compareReports(newer, moved).differences).toEqual([
      "ceiling, GFLOP/s in f16: 8000, then 7000",
      "ceiling, GB/s of writing: 380, then 190",
    ]);
    expect(reportToMarkdown(older)).toContain("4000 GFLOP/s of f32 multiply-adds in registers; 300 GB/s of a copy\n");
    expect(reportToMarkdown(newer)).toContain(
      "8000 GFLOP/s in f16, 9000 GOP/s of packed 8-bit dot products; 400 GB/s of a copy, 420 of reading, 380 of writing",
    );
  });
});

describe("noise", () => {
  const spread = (name: string, gpu: number, interval?: number, more: Partial<Row> = {}) => {
    const wall = summary(2 * gpu, 10, interval);
    return row(name, gpu, { times: { gpu: summary(gpu, 10, interval), wall, latency: wall }, ...more });
  };

  test("is said of a row in tables, lines and beside other libraries, with the interval", () => {
    const slow = summary(40, 10, 0.2);
    const peers = { peers: { ort: { state: "ok" as const, times: { wall: slow, latency: slow } } } };
    const given = report([spread("a", 1, 0.01, peers), spread("b", 1, 0.08)], { peers: [{ name: "ort", version: "1", settings: "" }] });
    const text = reportToMarkdown(given);
    expect(text).toMatch(/\| GPU p90 \| +± \|/);
    expect(text).toMatch(/\| a .*\| +1 % \|.*\| +right \|/);
    expect(text).toMatch(/\| b .*\| +8 % \|.*\| +right, noisy \|/);
    expect(text).toMatch(/\| 40\.0 \(noisy\) \|/);
    expect(describeRow(spread("b", 1, 0.08), given.ceilings)).toMatch(/, noisy: ±8 %$/);
    expect(describeRow(spread("a", 1, 0.01), given.ceilings)).not.toContain("noisy");
  });

  test("keeps a comparison from calling rows slower or faster where it may be the reason", () => {
    const rows = (factor: number) => [
      spread("clear", factor, 0.03),
      spread("unclear", factor, 0.08),
      spread("clearly faster", 1 / factor, 0.03),
      spread("unclearly faster", 1 / factor, 0.08),
    ];
    const comparison = compareReports(report(rows(1)), report(rows(1.1)));
    expect(comparison.changes.map(({ error }) => error.toFixed(3)).sort()).toEqual(["0.042", "0.042", "0.113", "0.113"]);
    expect(slower(comparison.changes, 1.05).map(({ key }) => key)).toEqual(["kernels/clear b8"]);
    expect(comparisonTables(comparison, 1.05).map(({ title, rows: lines }) => [title, lines.map(([key]) => key)])).toEqual([
      ["Slower", ["kernels/clear b8"]],
      ["Faster", ["kernels/clearly faster b8"]],
      ["Slower or faster, but by less than their noise", ["kernels/unclear b8", "kernels/unclearly faster b8"]],
      ["All", ["4"]],
    ]);
  });

  test("is unknown of a report from before there were intervals, which compares as it did", () => {
    const [change] = compareReports(report([spread("a", 1)]), report([spread("a", 1.1, 0.2)])).changes;
    expect(change).toMatchObject({ ratio: 1.1, error: 0 });
    expect(slower(change ? [change] : [], 1.05)).toHaveLength(1);
  });
});

describe("other libraries", () => {
  const times = (wall: Summary, latency: Summary) => ({ ort: { state: "ok" as const, times: { wall, latency } } });

  test("are compared by grouped runs, or by runs alone where they cannot be grouped", () => {
    const own = { times: { wall: summary(1), latency: summary(3, 1) } };
    expect(compareWithPeer(row("a", 1, { ...own, peers: times(summary(4), summary(9, 1)) }), "ort")).toMatchObject({ ours: 1, theirs: 4 });
    expect(compareWithPeer(row("a", 1, { ...own, peers: times(summary(9, 1), summary(9, 1)) }), "ort")).toMatchObject({
      ours: 3,
      theirs: 9,
    });
  });

  test("have a table of ratios to the best of them and a mean by group", () => {
    const slowPeer = { tfjs: { state: "ok" as const, times: { wall: summary(40), latency: summary(40) } } };
    const rows = [
      row("a", 1, { peers: { ...times(summary(4), summary(9, 1)), ...slowPeer } }),
      row("b", 1, { peers: { ...times(summary(16), summary(9, 1)), tfjs: { state: "skipped", note: "it has none" } } }),
    ];
    const peers = ["ort", "tfjs"].map((name) => ({ name, version: "1", settings: "" }));
    const text = reportToMarkdown(report(rows, { peers }));
    expect(text).toMatch(/\| a +\| +8 \| +2\.00 \| +4\.00 \| +40\.0 \| ort +\| +2\.00 \|/);
    expect(text).toMatch(/\| b +\| +8 \| +2\.00 \| +16\.0 \| +- \| ort +\| +8\.00 \|/);
    expect(text).toMatch(/\| 3x3 +\| +2 \| +4\.00 \|/);
    expect(text).toContain("it has none");
  });
});

test("every way to compute a layer has its gain over the first one of the same batch, and both errors", () => {
  const variant = (name: string, gpu: number, more: Partial<Row> = {}) =>
    row(`a [${name}]`, gpu, { variant: name, error: 2e-8, relative: 3e-7, ...more });
  const rows = [variant("subgroup", 2), variant("winograd4", 0.5), variant("subgroup", 1, { batch: 1 }), variant("tiled", 4, { batch: 1 })];
  const options = { ...report([]).options, variants: true };
  const text = reportToMarkdown(report([...rows, row("pool", 1)], { options }));
  expect(text).toMatch(/\| a +\| +8 \| subgroup +\| +2\.00 \| +1000 \| +1\.00 \| +2\.0e-8 \| +3\.0e-7 \| +right \|/);
  expect(text).toMatch(/\| a +\| +8 \| winograd4 +\| +0\.500 \| +4000 \| +4\.00 \|/);
  expect(text).toMatch(/\| a +\| +1 \| tiled +\| +4\.00 \| +500 \| +0\.250 \|/);
  // A layer of a net would count once for every way to compute it.
  expect(text).not.toContain("Layers of a net together");
});

test("charts: a roofline with a dot a layer that computes, and a bar a layer for each batch size", () => {
  const rows = [row("a", 1), row("pool", 1, { flops: 0 }), row("c", 1, { batch: 1 }), row("w", 1, { state: "wrong" })];
  const charts = chartsOf(report(rows));
  expect(charts.map(({ name }) => name)).toEqual(["roofline", "layers-batch-8", "layers-batch-1"]);
  const values = charts.map(({ spec }) => JSON.parse(JSON.stringify(spec)));
  expect(values[0].layer.at(-1).data.values).toHaveLength(2);
  expect(values[1].data.values.map(({ name }: { name: string }) => name)).toEqual(["a", "pool"]);
});

test("layers of a net add up as often as they occur, where all of them were measured", () => {
  const uses = (times: number) => ({ uses: { net: times, other: 1 } });
  const rows = [row("a", 1, uses(3)), row("b", 1, { ...uses(1), group: "1x1" }), row("c", 1, { ...uses(1), batch: 1, times: undefined })];
  expect(shareTable(report(rows))).toMatchObject({
    head: ["net", "batch", "ms", "3x3", "1x1"],
    rows: [
      ["net", "8", "4.00", "75 %", "25 %"],
      ["other", "8", "2.00", "50 %", "50 %"],
    ],
  });
  expect(shareTable(report(rows, { complete: false })).rows).toEqual([]);
});
