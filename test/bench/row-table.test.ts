import { describe, expect, test } from "vitest";
import { detailsOf } from "../../bench/report/details.ts";
import { columnsOf, columnsOfTable, filterRows, type Order, sortRows } from "../../bench/report/row-table.ts";
import { report, row, summary } from "./report-case.ts";

const ort = (milliseconds: number) => ({ ort: { state: "ok" as const, times: { wall: summary(milliseconds), latency: summary(9) } } });

const rows = [
  row("conv3x3 relu", 2, { peers: ort(12) }),
  row("gemm", 10, { group: "gemm", peers: ort(5), state: "wrong", note: "differs" }),
  row("pool", 1, { flops: 0, uses: { resnet50: 1 } }),
  row("large", undefined, { state: "skipped", times: undefined, cold: undefined, note: "needs more memory" }),
];
const whole = report(rows, { peers: [{ name: "ort", version: "1", settings: "" }] });
const columns = columnsOf(whole, rows);
const names = (order: Order | undefined) => sortRows(rows, columns, order).map(({ name }) => name);

describe("the table of rows", () => {
  test("has GPU, wall, alone and first run apart, rates and other libraries as unrounded numbers", () => {
    const cells = Object.fromEntries(columns.map(({ title, cell }) => [title, cell(rows[0] as (typeof rows)[0])]));
    expect(cells).toMatchObject({
      GPU: { text: "2.00", value: 2 },
      wall: { value: 4 },
      alone: { value: 4 },
      first: { value: 5 },
      "of ceiling": { text: "25 %", value: 0.25 },
      ort: { value: 12 },
      "best / relabel": { value: 3 },
      result: { text: "right" },
    });
    expect(columns.map(({ title }) => title)).not.toContain("items/s");
  });

  test("is sorted by any column, with empty cells last either way", () => {
    expect(names(undefined)).toEqual(rows.map(({ name }) => name));
    expect(names({ column: "GPU", descending: false })).toEqual(["pool", "conv3x3 relu", "gemm", "large"]);
    expect(names({ column: "GPU", descending: true })).toEqual(["gemm", "conv3x3 relu", "pool", "large"]);
    expect(names({ column: "name", descending: false })).toEqual(["conv3x3 relu", "gemm", "large", "pool"]);
    expect(names({ column: "result", descending: true })[0]).toBe("gemm");
  });

  test("is filtered by words, by faults and by who is faster", () => {
    const found = (text: string, choice: Parameters<typeof filterRows>[1]["choice"] = "all") =>
      filterRows(rows, { text, choice }).map(({ name }) => name);
    expect(found("")).toHaveLength(4);
    expect(found("RELU 3x3")).toEqual(["conv3x3 relu"]);
    expect(found("resnet50")).toEqual(["pool"]);
    expect(found("memory")).toEqual(["large"]);
    expect(found("", "faults")).toEqual(["gemm"]);
    expect(found("", "skipped")).toEqual(["large"]);
    expect(found("", "slower")).toEqual(["gemm"]);
    expect(found("conv", "slower")).toEqual([]);
  });

  test("says of a row what has no column", () => {
    const details = new Map(detailsOf(rows[1] as (typeof rows)[0]));
    expect(details.get("GPU")).toBe("median 10.0 ms, 90th percentile 11.0, least 9.00; 9 samples of groups of 10 runs");
    expect(details.get("Note")).toBe("differs");
    expect(details.get("Occurs in")).toBe("vgg16 (2)");
    expect(details.get("ort")).toMatch(/^median 5\.00 ms/);
  });
});

test("any other table is sorted by the number that a cell begins with", () => {
  const cells = [
    ["b", "10 %"],
    ["a", "9 %"],
    ["c", ""],
  ];
  const found = columnsOfTable({ title: "T", head: ["name", "share"], rows: cells });
  const sorted = (title: string) => sortRows(cells, found, { column: title, descending: false }).map(([name]) => name);
  expect(sorted("share")).toEqual(["a", "b", "c"]);
  expect(sorted("name")).toEqual(["a", "b", "c"]);
});
