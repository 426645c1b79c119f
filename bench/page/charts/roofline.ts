/** Draws the roofline: every layer's rate over its operations a byte, under the adapter's ceilings. */
import { svg } from "../../../src/page/svg.ts";
import type { Roofline } from "../../report/chart-data.ts";
import { digits, percent } from "../../report/format.ts";
import { chart, kindsOf, type LegendEntry, legend, mark, type Series, widthOf } from "./svg.ts";

const MARGIN = { left: 58, right: 12, top: 14, bottom: 44 };

/** One outline a batch size, smallest first. */
const SHAPES = ["M0 -4.5a4.5 4.5 0 1 0 0.01 0z", "M-4 -4h8v8h-8z", "M0 -5.5L5.2 4h-10.4z", "M0 -5.5L5.5 0L0 5.5L-5.5 0z"];

/** The chart in pixels of this width; `series` colours kinds of layers. */
export function drawRoofline(data: Roofline, series: Series, width: number): SVGSVGElement {
  const { gflops, gigabytes, ridge, dots, intensities, rates } = data;
  const inner = width - MARGIN.left - MARGIN.right;
  const plot = Math.max(240, Math.min(0.62 * inner, 460));
  const batches = [...new Set(dots.map(({ batch }) => batch))].sort((a, b) => a - b);
  const shapeOf = (batch: number) => SHAPES[Math.min(batches.indexOf(batch), SHAPES.length - 1)] as string;
  const [lowX, highX] = intensities.map(Math.log10) as [number, number];
  const [lowY, highY] = [Math.log10(rates[0] / 1.5), Math.log10(rates[1] * 2)];
  const x = (intensity: number) => MARGIN.left + (inner * (Math.log10(intensity) - lowX)) / (highX - lowX);
  const y = (rate: number) => MARGIN.top + plot * (1 - (Math.log10(rate) - lowY) / (highY - lowY));

  const [left, right] = [MARGIN.left, MARGIN.left + inner];
  const bottom = MARGIN.top + plot;
  const grid = svg(
    "g",
    { class: "grid" },
    ...ticks(lowY, highY, plot / 26).flatMap((value) => [
      svg("line", { x1: left, x2: right, y1: y(value), y2: y(value) }),
      svg("text", { x: left - 6, y: y(value), dy: "0.35em", "text-anchor": "end" }, plain(value)),
    ]),
    ...ticks(lowX, highX, inner / 46).flatMap((value) => [
      svg("line", { x1: x(value), x2: x(value), y1: MARGIN.top, y2: bottom }),
      svg("text", { x: x(value), y: bottom + 16, "text-anchor": "middle" }, plain(value)),
    ]),
  );
  const titles = [
    svg("text", { x: left + inner / 2, y: bottom + 34, "text-anchor": "middle", class: "muted" }, "operations a byte"),
    svg(
      "text",
      { x: 12, y: MARGIN.top + plot / 2, transform: `rotate(-90 12 ${MARGIN.top + plot / 2})`, "text-anchor": "middle", class: "muted" },
      "GFLOP/s",
    ),
  ];
  const roof = [
    svg("path", { class: "roof", d: `M${x(intensities[0])} ${y(intensities[0] * gigabytes)}L${x(ridge)} ${y(gflops)}H${right}` }),
    svg("text", { x: right, y: y(gflops) - 7, "text-anchor": "end" }, `${digits(gflops)} GFLOP/s in registers`),
    slopeLabel(`${digits(gigabytes)} GB/s copy`, x, y, data),
  ];
  const marks = dots.map(({ key, name, group, batch, intensity, gflops: rate }) => {
    const ceiling = Math.min(gflops, intensity * gigabytes);
    const title = `${name}, batch ${batch}: ${digits(rate)} GFLOP/s, ${percent(rate / ceiling)} of what ${digits(intensity)} operations a byte allow`;
    const attributes = { d: shapeOf(batch), class: `dot ${series.get(group)}`, transform: `translate(${x(intensity)} ${y(rate)})` };
    return mark("path", attributes, title, { key, intensity, gflops: rate });
  });
  const entries: LegendEntry[] = [
    ...kindsOf(dots, series),
    ...(batches.length > 1 ? batches.map((batch) => ({ text: `batch ${batch}`, class: "sign", path: shapeOf(batch) })) : []),
  ];
  const { element, height } = legend(entries, left, bottom + MARGIN.bottom, inner);
  const label = `Roofline of ${dots.length} layers under ${digits(gflops)} GFLOP/s and ${digits(gigabytes)} GB/s`;
  return chart(label, width, bottom + MARGIN.bottom + height, grid, ...roof, ...marks, ...titles, element);
}

/** Along the slope of the roof, where it has room. */
function slopeLabel(
  text: string,
  x: (value: number) => number,
  y: (value: number) => number,
  { ridge, intensities, gigabytes }: Roofline,
): SVGTextElement {
  const [low, high] = [intensities[0], ridge];
  const middle = Math.sqrt(low * high);
  const angle = (Math.atan2(y(high * gigabytes) - y(low * gigabytes), x(high) - x(low)) * 180) / Math.PI;
  const at = `translate(${x(middle)} ${y(middle * gigabytes)}) rotate(${angle})`;
  const fits = Math.hypot(x(high) - x(low), y(high * gigabytes) - y(low * gigabytes)) > widthOf(text);
  return svg("text", { transform: at, dy: -7, "text-anchor": fits ? "middle" : "start" }, text);
}

/** Round numbers between two powers of ten, at most about `most`: whole powers, or also twice and five times them. */
function ticks(low: number, high: number, most: number): number[] {
  const powers = Array.from({ length: Math.floor(high) - Math.floor(low) + 1 }, (_, at) => Math.floor(low) + at);
  const within = (values: number[]) => values.filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
  const fine = within(powers.flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power)));
  if (fine.length <= most) return fine;
  const whole = within(powers.map((power) => 10 ** power));
  const every = Math.ceil(whole.length / most);
  return whole.filter((_, at) => at % every === 0);
}

/** 0.01, 50, 2,000. */
const plain = (value: number) => value.toLocaleString("en", { maximumSignificantDigits: 1 });
