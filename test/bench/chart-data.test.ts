import { expect, test } from "vitest";
import { barCharts, racesOf, rooflineOf } from "../../bench/report/chart-data.ts";
import { report, row, summary } from "./report-case.ts";

const times = (wall: number, alone: number, runs = 10) => ({ wall: summary(wall, runs), latency: summary(alone, 1) });

const rows = [
  row("a", 1),
  row("g", 1, { group: "gemm" }),
  row("pool", 0.01, { flops: 0 }),
  row("a", 2, { batch: 1, key: "kernels/a b1" }),
  row("broken", 1, { state: "wrong" }),
  row("net", 4, { suite: "nets", group: "net", key: "nets/net b8" }),
];

test("the roofline has a dot a layer that computes, under the report's ceilings", () => {
  const roof = rooflineOf(report(rows));
  expect(roof).toMatchObject({ gflops: 4000, gigabytes: 400, ridge: 10 });
  expect(roof?.dots).toEqual([
    { key: "kernels/a b8", name: "a", group: "3x3", batch: 8, intensity: 500, gflops: 2000 },
    { key: "kernels/g b8", name: "g", group: "gemm", batch: 8, intensity: 500, gflops: 2000 },
    { key: "kernels/a b1", name: "a", group: "3x3", batch: 1, intensity: 500, gflops: 1000 },
  ]);
  const [low, high] = roof?.intensities ?? [Number.NaN, Number.NaN];
  expect(low).toBeLessThan(10);
  expect(high).toBeGreaterThan(500);
  expect(rooflineOf(report([row("pool", 1, { flops: 0 })]))).toBeUndefined();
});

test("bars are shares of the nearer ceiling, one chart for products, for each batch size and for nets", () => {
  const charts = barCharts(report(rows));
  expect(charts.map(({ name, bars }) => [name, bars.map((bar) => bar.name)])).toEqual([
    ["gemm", ["g"]],
    ["layers-batch-8", ["a", "pool"]],
    ["layers-batch-1", ["a"]],
    ["nets", ["net, batch 8"]],
  ]);
  // 400 of 400 GB/s, by 4 MB in 0.01 ms; 2,000 of 4,000 GFLOP/s.
  expect(charts[1]?.bars.map(({ share, milliseconds }) => [share, milliseconds])).toEqual([
    [0.5, 1],
    [1, 0.01],
  ]);
  expect(charts[1]?.bars[1]?.words).toEqual(["100 %", "0.0100 ms", "400 GB/s"]);
});

test("libraries side by side: nets first, each time by relabel's", () => {
  const peers = { ort: { state: "ok" as const, times: times(6, 9) }, tfjs: { state: "failed" as const, note: "lost" } };
  const raced = [row("a", 1, { peers }), row("b", 1), row("net", 1, { suite: "nets", key: "nets/net b8", peers })];
  const named = ["ort", "tfjs"].map((name) => ({ name, version: "1", settings: "" }));
  const races = racesOf(report(raced, { peers: named }));
  expect(races.map(({ key }) => key)).toEqual(["nets/net b8", "kernels/a b8"]);
  expect(races[0]?.entries).toEqual([
    { contestant: "relabel", milliseconds: 2, ratio: 1 },
    { contestant: "ort", milliseconds: 6, ratio: 3 },
  ]);
});
