import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { parse, View } from "vega";
import { compile } from "vega-lite";
import { chartsOf } from "../report/charts.ts";
import type { Report } from "../report/report.ts";

/** Pixels an inch of the PNGs; SVG has 72. */
const DENSITY = 144;

/** Draws the report's charts as SVG and PNG; returns the names of the files. Vega draws without a DOM, so no browser is needed for it. */
export async function writePlots(report: Report, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const { name, spec } of chartsOf(report)) {
    const view = new View(parse(compile(spec).spec), { renderer: "none" });
    const svg = await view.toSVG();
    view.finalize();
    await writeFile(join(folder, `${name}.svg`), svg);
    await sharp(Buffer.from(svg), { density: DENSITY })
      .png()
      .toFile(join(folder, `${name}.png`));
    files.push(`${name}.svg`, `${name}.png`);
  }
  return files;
}
