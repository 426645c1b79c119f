import { DEFAULTS } from "../../bench/bench-options.ts";
import { type Report, type Row, SCHEMA, VERSION } from "../../bench/report/report.ts";
import { AGREEMENT, type Summary } from "../../bench/statistics.ts";

export const summary = (median: number, runs = 10, interval?: number): Summary => ({
  ...{ median, p90: median * 1.1, min: median * 0.9, samples: 9, runs },
  ...(interval === undefined ? {} : { mean: median, interval, ...(interval > AGREEMENT ? { noisy: true as const } : {}) }),
});

/** A row of 2 GFLOP and 4 MB that takes `gpu` milliseconds, and twice as many by the wall's clock. */
export function row(name: string, gpu: number | undefined, more: Partial<Row> = {}): Row {
  const wall = summary((gpu ?? 1) * 2);
  return {
    ...{ key: `kernels/${name} b8`, suite: "kernels", group: "3x3", name, batch: 8, uses: { vgg16: 2 }, state: "ok", error: 1e-8, cold: 5 },
    ...{
      flops: 2e9,
      bytes: 4e6,
      memory: 3e6,
      peers: {},
      times: { gpu: gpu === undefined ? undefined : summary(gpu), wall, latency: wall },
    },
    ...more,
  };
}

export function report(rows: Row[], more: Partial<Report> = {}): Report {
  return {
    ...{
      schema: SCHEMA,
      version: VERSION,
      date: "2026-01-02T03:04:05.000Z",
      revision: "abc",
      dtype: "f32",
      complete: true,
      rows,
      peers: [],
    },
    adapter: { vendor: "nvidia", architecture: "ada", description: "", software: false },
    runtime: { name: "Google Chrome", version: "140.0.1" },
    timer: { mode: "exact", step: 32 },
    options: { ...DEFAULTS, suites: ["kernels"] },
    ceilings: { gflops: 4000, gigabytes: 400, read: 420, write: 380 },
    ...more,
  };
}
