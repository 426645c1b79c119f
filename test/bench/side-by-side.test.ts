import { describe, expect, test } from "vitest";
import {
  ceilingTable,
  entriesOf,
  filterShared,
  plainTable,
  racesOfNets,
  type SharedFilter,
  shareRows,
  tablesOfRows,
} from "../../bench/report/side-by-side.ts";
import { report, row, summary } from "./report-case.ts";

const net = (name: string, gpu: number | undefined, more: Parameters<typeof row>[2] = {}) =>
  row(name, gpu, { key: `nets/${name} b8`, suite: "nets", group: "net", uses: {}, items: 8, ...more });
const without = { times: undefined, cold: undefined };

const ada = report([
  row("conv3x3", 1),
  row("pool", 2, { flops: 0, group: "pool" }),
  net("resnet50", 4),
  net("vgg16", undefined, { ...without, state: "skipped", code: "OUT_OF_MEMORY", note: "needs 9 GB" }),
]);
const slow = summary(16, 10, 0.2);
const other = report(
  [
    row("conv3x3", undefined, { state: "wrong", note: "differs" }),
    row("gemm", undefined, { ...without, state: "skipped", code: "LIMIT", note: "binds too much" }),
    net("resnet50", 16, { times: { gpu: slow, wall: slow, latency: slow } }),
    net("vgg16", 32),
    net("lite0", undefined, { ...without, state: "failed", note: "device lost" }),
  ],
  {
    adapter: { vendor: "google", architecture: "swiftshader", description: "Soft", software: true },
    ceilings: { gflops: 400, gigabytes: 40 },
    options: { ...ada.options, quick: true },
  },
);
const entries = entriesOf([
  { id: "ada", report: ada },
  { id: "other", report: other },
]);
const rows = shareRows(entries);
const tables = Object.fromEntries(tablesOfRows(rows, entries).map((table) => [table.name, table]));
const found = (filter: Partial<SharedFilter>) =>
  filterShared(rows, entries, { text: "", presence: "all", ...filter }).map(({ first }) => first.name);

/** The texts and notes of a table, by row. */
const texts = (name: string) =>
  (tables[name]?.rows ?? []).map((line) =>
    (tables[name]?.columns ?? []).map(({ cell }) => {
      const { text, note } = cell(line);
      return note ? `${text} | ${note}` : text;
    }),
  );

describe("results side by side", () => {
  test("have columns that say of which adapter, runtime and day they are, each by another name", () => {
    expect(entries.map(({ label }) => label)).toEqual([
      "nvidia ada, Google Chrome 140, 2026-01-02",
      "Soft, software, Google Chrome 140, 2026-01-02, quick",
    ]);
    const twice = entriesOf(["a", "b"].map((id) => ({ id, report: { ...ada, dtype: "f16" as const, complete: false } })));
    expect(twice.map(({ label }) => label)).toEqual([
      "nvidia ada, Google Chrome 140, 2026-01-02, f16, stopped",
      "nvidia ada, Google Chrome 140, 2026-01-02, f16, stopped (b)",
    ]);
  });

  test("show nets by images a second and time, and why there is none", () => {
    expect(tables.nets?.columns.map(({ title, group }) => [title, group])).toEqual([
      ["name", undefined],
      ["batch", undefined],
      ...entries.flatMap(({ label }) => [
        ["images/s", label],
        ["ms", label],
      ]),
    ]);
    expect(texts("nets")).toEqual([
      ["resnet50", "8", "2000", "4.00", "500 | noisy", "16.0"],
      ["vgg16", "8", "out of memory | needs 9 GB", "", "250", "32.0"],
      ["lite0", "8", "not measured", "", "FAILED | device lost", ""],
    ]);
  });

  test("show layers by rate and share of each adapter's nearer ceiling, apart by what they do", () => {
    expect(texts("layers")).toEqual([
      ["conv3x3", "8", "2000", "50 %", "WRONG | differs", ""],
      ["gemm", "8", "not measured", "", "refused | binds too much", ""],
    ]);
    expect(texts("moves")).toEqual([["pool", "8", "2.00", "1 %", "not measured", ""]]);
    expect(tables.layers?.columns[2]?.cell(rows[0] as (typeof rows)[0]).value).toBe(2000);
    expect(tables.explanation).toBeUndefined();
  });

  test("show the ceilings that any adapter has", () => {
    expect(plainTable(ceilingTable(entries), entries)).toEqual({
      title: "Ceilings",
      head: ["ceiling", "1: at best", "2: at best"],
      rows: [
        ["GFLOP/s", "4000", "400"],
        ["GB/s", "400", "40.0"],
        ["GB/s of reading", "420", "not measured"],
        ["GB/s of writing", "380", "not measured"],
      ],
    });
  });

  test("are filtered by words of any of them, and by who has a result", () => {
    expect(found({})).toEqual(["conv3x3", "pool", "resnet50", "vgg16", "gemm", "lite0"]);
    expect(found({ text: "BINDS" })).toEqual(["gemm"]);
    expect(found({ presence: "everywhere" })).toEqual(["resnet50"]);
    expect(found({ presence: "gaps", text: "net" })).toEqual(["vgg16", "lite0"]);
  });

  test("have a chart of nets that the best measured adapter and another one have", () => {
    expect(racesOfNets(rows, entries)).toEqual({
      base: entries[1]?.label,
      races: [
        {
          ...{ key: "nets/resnet50 b8", name: "resnet50", batch: 8 },
          entries: [
            { contestant: entries[0]?.label, milliseconds: 4, ratio: 0.25 },
            { contestant: entries[1]?.label, milliseconds: 16, ratio: 1 },
          ],
        },
      ],
    });
    expect(racesOfNets(rows, entries.slice(0, 1))).toBeUndefined();
  });
});
