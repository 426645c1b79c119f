/** Describes the charts of a report: a roofline, and a bar for each layer. */
import type { TopLevelSpec } from "vega-lite";
import { describePrecision } from "../../src/ops/packed-weights.ts";
import { type BarChart, barCharts, LONGEST_SHARE, layersName, type Roofline, rooflineOf } from "./chart-data.ts";
import { digits } from "./format.ts";
import { adapterTitle } from "./line.ts";
import type { Report } from "./report.ts";

const CONFIG = { font: "sans-serif", view: { stroke: null }, axis: { gridOpacity: 0.4 }, title: { anchor: "start", offset: 14 } } as const;
const BAR_HEIGHT = 15;
/** Between the numbers behind a bar. */
const GAP = "   ";

/** A chart in Vega-Lite, under the name of its file. */
export interface Chart {
  readonly name: string;
  readonly spec: TopLevelSpec;
}

/** Names of all charts that a run may have. */
export function chartNames(batches: readonly number[]): string[] {
  return ["roofline", "gemm", "nets", ...batches.map(layersName)];
}

/** The roofline of all layers, and a bar a layer for every batch size, a matrix product and a net. */
export function chartsOf(report: Report): Chart[] {
  const roof = rooflineOf(report);
  return [
    ...(roof ? [{ name: "roofline", spec: roofline(report, roof) }] : []),
    ...barCharts(report).map((chart) => ({ name: chart.name, spec: bars(report, chart) })),
  ];
}

/** Two lines: Vega, without a DOM, takes long ones for wider than they are. */
function subtitle({ adapter, runtime, dtype, date, options }: Report): string[] {
  return [
    adapterTitle(adapter),
    `${runtime.name} ${runtime.version}, ${describePrecision(dtype, options.activations ?? "f32")}, ${date.slice(0, 10)}`,
  ];
}

/** Operations a second over operations a byte, both logarithmic, under what the adapter can do at best. */
function roofline(report: Report, { gflops, gigabytes, ridge, intensities, dots }: Roofline): TopLevelSpec {
  const [low, high] = intensities;
  const roof = [low, ridge, high].map((intensity) => ({ intensity, rate: Math.min(gflops, intensity * gigabytes) }));
  const labels = [
    { intensity: high, rate: gflops, text: `${digits(gflops)} GFLOP/s in registers` },
    { intensity: Math.sqrt(low * ridge), rate: Math.sqrt(low * ridge) * gigabytes, text: `${digits(gigabytes)} GB/s copy` },
  ];
  const x = { field: "intensity", type: "quantitative", scale: { type: "log", nice: false }, title: "FLOP per byte" } as const;
  const y = { field: "rate", type: "quantitative", scale: { type: "log" }, title: "GFLOP/s" } as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: "Roofline: every layer against this adapter's own ceilings", subtitle: subtitle(report) },
    ...{ width: 620, height: 400, background: "white", padding: 12, config: CONFIG },
    layer: [
      { data: { values: roof }, mark: { type: "line", color: "#555", strokeWidth: 1.5 }, encoding: { x, y } },
      {
        data: { values: labels },
        mark: { type: "text", align: "right", dx: -4, dy: -9, fontSize: 11 },
        encoding: { x, y, text: { field: "text" } },
      },
      {
        data: {
          values: dots.map((dot) => ({ intensity: dot.intensity, rate: dot.gflops, layer: dot.group, batch: String(dot.batch) })),
        },
        mark: { type: "point", filled: true, size: 45, opacity: 0.75 },
        encoding: { x, y, color: { field: "layer", title: "Layer" }, shape: { field: "batch", title: "Batch" } },
      },
    ],
  };
}

/** How near each layer comes to the ceiling that is the lower for it. */
function bars(report: Report, { title, bars }: BarChart): TopLevelSpec {
  const values = bars.map(({ name, group, share, words }) => ({
    ...{ name, layer: group },
    ...{ share: Math.min(share, LONGEST_SHARE), text: words.join(GAP) },
  }));
  const y = { field: "name", type: "nominal", sort: null, title: null, axis: { labelLimit: 420, ticks: false, domain: false } } as const;
  // The words behind the longest bar need room.
  const domain = [0, 1.5 * Math.max(...values.map(({ share }) => share))];
  const axis = { format: "%", title: "share of the adapter's nearer ceiling" };
  const x = { field: "share", type: "quantitative", scale: { domain, nice: false }, axis } as const;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: title, subtitle: subtitle(report) },
    ...{ width: 420, height: { step: BAR_HEIGHT }, background: "white", padding: 12, config: CONFIG },
    data: { values },
    layer: [
      {
        mark: { type: "bar", height: BAR_HEIGHT - 4 },
        encoding: { x, y, color: { field: "layer", title: "Layer", legend: { orient: "top" } } },
      },
      { mark: { type: "text", align: "left", dx: 4, fontSize: 10 }, encoding: { x, y, text: { field: "text" } } },
    ],
  };
}
