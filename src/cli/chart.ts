/** Makes image files of the charts in evaluations and benchmarks. */
import sharp from "sharp";
import { parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { forTerminal } from "./escape.ts";

/** Pixels an inch of the PNGs; SVG has 72. */
const DENSITY = 144;

/** A Vega-Lite chart as SVG and PNG. Vega draws without a DOM, so this needs no browser. */
export async function drawChart(spec: TopLevelSpec): Promise<{ svg: string; png: Uint8Array }> {
  const view = new View(parse(compile(spec).spec), { renderer: "none" });
  try {
    // XML has no place for control characters, not even escaped.
    const svg = forTerminal(await view.toSVG());
    return { svg, png: await sharp(Buffer.from(svg), { density: DENSITY }).png().toBuffer() };
  } finally {
    view.finalize();
  }
}
