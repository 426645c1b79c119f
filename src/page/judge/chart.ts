/** Draws a curve of the map's scores beside that of the random grid. */
import type { Outputs } from "../../faces/all.ts";
import { degree, percent } from "../format.ts";
import { svg } from "../svg.ts";
import style from "./chart.css?inline";
import type { Curves } from "./curves.ts";

const SIZE = { width: 420, height: 240 };
const MARGIN = { left: 48, right: 20, top: 30, bottom: 42 };
const INNER = { width: SIZE.width - MARGIN.left - MARGIN.right, height: SIZE.height - MARGIN.top - MARGIN.bottom };
/** Lines of the scale. */
const STEPS = 4;

const TITLES = { deletion: "Hiding the best pixels first", insertion: "Showing the best pixels first" } as const;
const PIXELS = { deletion: "pixels hidden", insertion: "pixels shown" } as const;

/** The values that the scale of all these curves has: whole 0 to 1 of probabilities. */
export function scaleOf(curves: readonly Curves[], outputs: Outputs): [low: number, high: number] {
  if (outputs !== "logits") return [0, 1];
  const values = curves.flatMap(({ map, random }) => [...map, ...random]);
  const [low, high] = [Math.min(0, ...values), Math.max(...values)];
  return low < high ? [low, high] : [low, low + 1];
}

/** The chart, and a line in it that can be moved to a step. */
export interface Chart {
  readonly element: SVGSVGElement;
  mark(step: number): void;
  /** The step that is nearest to a place across the chart, from 0 to 1. */
  stepAt(across: number): number;
}

/** The curves of one way, in a chart whose colours are those of the page around it. */
export function drawChart({ way, shares, map, random }: Curves, [low, high]: readonly [number, number], outputs: Outputs): Chart {
  const x = (share: number) => MARGIN.left + INNER.width * share;
  const y = (value: number) => MARGIN.top + INNER.height * (1 - (value - low) / (high - low));
  const path = (values: readonly number[]) =>
    values.map((value, i) => `${i ? "L" : "M"}${x(shares[i] as number).toFixed(1)} ${y(value).toFixed(1)}`).join("");
  const ticks = Array.from({ length: STEPS + 1 }, (_, i) => i / STEPS);
  const [right, bottom] = [MARGIN.left + INNER.width, MARGIN.top + INNER.height];
  const grid = ticks.flatMap((share) => {
    const level = y(low + share * (high - low));
    return [
      svg("line", { class: "chart-grid", x1: MARGIN.left, x2: right, y1: level, y2: level }),
      svg("text", { x: MARGIN.left - 6, y: level + 4, "text-anchor": "end" }, degree(low + share * (high - low), outputs)),
      svg("text", { x: x(share), y: bottom + 16, "text-anchor": "middle" }, percent(share)),
    ];
  });
  const step = svg("line", { class: "chart-step", x1: x(0), x2: x(0), y1: MARGIN.top, y2: bottom });
  const [end, other] = [map.at(Math.floor(map.length / 2)), random.at(Math.floor(random.length / 2))].map((value) =>
    degree(value as number, outputs),
  );
  const label = `${TITLES[way]}: with half of the ${PIXELS[way]} ${end}, in a random order ${other}`;
  const element = svg(
    "svg",
    { class: "chart", role: "img", "aria-label": label, viewBox: `0 0 ${SIZE.width} ${SIZE.height}` },
    svg("text", { class: "chart-title", x: MARGIN.left, y: 16 }, TITLES[way]),
    ...grid,
    svg("text", { x: right, y: SIZE.height - 6, "text-anchor": "end" }, PIXELS[way]),
    ...entry("chart-map", "the map", MARGIN.left),
    ...entry("chart-random", "a random order", MARGIN.left + 100),
    svg("path", { class: "chart-random", d: path(random) }),
    svg("path", { class: "chart-map", d: path(map) }),
    step,
  );
  return {
    element,
    mark: (at) => {
      for (const end of ["x1", "x2"]) step.setAttribute(end, String(x(shares[at] as number)));
    },
    stepAt: (across) => {
      const share = (across * SIZE.width - MARGIN.left) / INNER.width;
      const distances = shares.map((other) => Math.abs(other - share));
      return distances.indexOf(Math.min(...distances));
    },
  };
}

/** A line of this class, and what it stands for, below the chart. */
function entry(kind: string, text: string, left: number): SVGElement[] {
  const level = SIZE.height - 10;
  return [svg("line", { class: kind, x1: left, x2: left + 24, y1: level, y2: level }), svg("text", { x: left + 30, y: level + 4 }, text)];
}

/** The colours of a file, which is light whatever the page is. */
export const LIGHT =
  "--ground: #fff; --surface: #fff; --text: #1d1a22; --muted: #5b5664; --line: #d9d5de; --edge: #8b8594; --accent: #8a1f5c;";

/** Charts under each other as an SVG file that needs nothing else. */
export function svgOf(charts: readonly Chart[], caption: string): string {
  const height = charts.length * SIZE.height + 32;
  const copies = charts.map(({ element }, at) => {
    const copy = element.cloneNode(true) as SVGSVGElement;
    for (const [name, value] of Object.entries({ ...SIZE, y: at * SIZE.height })) copy.setAttribute(name, String(value));
    return copy;
  });
  const top = charts.length * SIZE.height;
  const whole = svg(
    "svg",
    { width: SIZE.width, height, viewBox: `0 0 ${SIZE.width} ${height}` },
    svg(
      "style",
      {},
      `svg { ${LIGHT} background: #fff; font-family: system-ui, sans-serif; } ${style} .chart-step { display: none; } text { fill: var(--text); }`,
    ),
    ...copies,
    svg("text", { x: MARGIN.left, y: top + 20 }, caption),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(whole)}\n`;
}
