/** Describes the charts of a report: a roofline, and a bar for each layer. */
import type { TopLevelSpec } from "vega-lite";
import { adapterName } from "../../src/engine/adapter.ts";
import { digits, percent } from "./format.ts";
import { type Report, type Row, ratesOf, timeOf } from "./report.ts";

const CONFIG = { font: "sans-serif", view: { stroke: null }, axis: { gridOpacity: 0.4 }, title: { anchor: "start", offset: 14 } } as const;
const BAR_HEIGHT = 15;
/** Bars end here; what caches speed up beyond it would make the others short. */
const LONGEST_BAR = 1.2;

/** A chart in Vega-Lite, under the name of its file. */
export interface Chart {
  readonly name: string;
  readonly spec: TopLevelSpec;
}

/** Names of all charts that a run may have. */
export function chartNames(batches: readonly number[]): string[] {
  return ["roofline", "gemm", ...batches.map(layersName)];
}

function layersName(batch: number): string {
  return `layers-batch-${batch}`;
}

/** The roofline of all layers, and a bar a layer for every batch size. */
export function chartsOf(report: Report): Chart[] {
  const layers = report.rows.filter((row) => row.suite === "kernels" && row.state === "ok" && ratesOf(row, report.ceilings));
  const batches = [...new Set(layers.filter(({ group }) => group !== "gemm").map(({ batch }) => batch))];
  const products = layers.filter(({ group }) => group === "gemm");
  return [
    ...(layers.some(({ flops }) => flops > 0) ? [{ name: "roofline", spec: roofline(report, layers) }] : []),
    ...(products.length > 0 ? [{ name: "gemm", spec: bars(report, "Matrix products", products) }] : []),
    ...batches.map((batch) => {
      const rows = layers.filter((row) => row.batch === batch && row.group !== "gemm");
      return { name: layersName(batch), spec: bars(report, `Layers, batch ${batch}`, rows) };
    }),
  ];
}

/** Two lines: Vega, without a DOM, takes long ones for wider than they are. */
function subtitle({ adapter, runtime, dtype, date }: Report): string[] {
  const name = adapterName(adapter);
  return [`${name}${adapter.software ? " (software)" : ""}`, `${runtime.name} ${runtime.version}, ${dtype}, ${date.slice(0, 10)}`];
}

/** Operations a second over operations a byte, both logarithmic, under what the adapter can do at best. */
function roofline(report: Report, rows: readonly Row[]): TopLevelSpec {
  const { gflops, gigabytes } = report.ceilings;
  const dots = rows
    .filter(({ flops }) => flops > 0)
    .map((row) => ({
      ...{ intensity: row.flops / row.bytes, rate: ratesOf(row, report.ceilings)?.gflops as number },
      ...{ layer: row.group, batch: String(row.batch) },
    }));
  const ridge = gflops / gigabytes;
  const intensities = dots.map(({ intensity }) => intensity);
  const [low, high] = [Math.min(ridge / 4, ...intensities) / 1.5, Math.max(ridge * 4, ...intensities) * 1.5];
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
        data: { values: dots },
        mark: { type: "point", filled: true, size: 45, opacity: 0.75 },
        encoding: { x, y, color: { field: "layer", title: "Layer" }, shape: { field: "batch", title: "Batch" } },
      },
    ],
  };
}

/** How near each layer comes to the ceiling that is the lower for it. */
function bars(report: Report, title: string, rows: readonly Row[]): TopLevelSpec {
  const values = rows.map((row) => {
    const rates = ratesOf(row, report.ceilings);
    const share = Math.max(rates?.arithmetic ?? 0, rates?.bandwidth ?? 0);
    const rate = row.flops > 0 ? `${digits(rates?.gflops)} GFLOP/s` : `${digits(rates?.gigabytes)} GB/s`;
    return {
      name: row.name,
      layer: row.group,
      share: Math.min(share, LONGEST_BAR),
      text: `${percent(share)}   ${digits(timeOf(row))} ms   ${rate}`,
    };
  });
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
