import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawChart } from "../../src/cli/chart.ts";
import { chartsOf } from "../report/charts.ts";
import type { Report } from "../report/report.ts";

/** Draws the report's charts as SVG and PNG; returns the names of the files. */
export async function writePlots(report: Report, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const { name, spec } of chartsOf(report)) {
    const { svg, png } = await drawChart(spec);
    await writeFile(join(folder, `${name}.svg`), svg);
    await writeFile(join(folder, `${name}.png`), png);
    files.push(`${name}.svg`, `${name}.png`);
  }
  return files;
}
