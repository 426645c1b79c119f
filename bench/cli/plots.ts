/** Draws the charts of a report into files, for runs on the command line. */
import { drawChart } from "../../src/cli/chart.ts";
import { chartsOf } from "../report/charts.ts";
import type { Report } from "../report/report.ts";

/** The report's charts as SVG and PNG, by the names of their files. */
export async function drawPlots(report: Report): Promise<Map<string, string | Uint8Array>> {
  const files = new Map<string, string | Uint8Array>();
  for (const { name, spec } of chartsOf(report)) {
    const { svg, png } = await drawChart(spec);
    files.set(`${name}.svg`, svg).set(`${name}.png`, png);
  }
  return files;
}
