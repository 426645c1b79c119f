/** Draws charts of bars: how near layers come to the adapter's ceilings, and other libraries side by side. */
import { svg } from "../../../src/page/svg.ts";
import { type BarChart, LONGEST_SHARE, type Race } from "../../report/chart-data.ts";
import { digits, percent } from "../../report/format.ts";
import { chart, kindsOf, legend, mark, type Series, seriesOf, shortened, widthOf } from "./svg.ts";

const ROW = 20;
const BAR = 12;
/** Between the numbers behind a bar. */
const GAP = "   ";
/** Pixels between the middles of two texts of a scale. */
const APART = 36;
/** Narrower charts have names above their bars. */
const NARROW = 620;
/** Bars of contestants end at this ratio to the time of the one that they are held against. */
export const LONGEST_RATIO = 10;

/** Where names, bars and the words behind them stand. */
function columns(names: readonly string[], texts: readonly string[], width: number) {
  const narrow = width < NARROW;
  const longest = (list: readonly string[]) => Math.max(...list.map((text) => widthOf(text)));
  const left = narrow ? 0 : Math.min(longest(names) + 10, 0.42 * width);
  const right = longest(texts) + 12;
  return { narrow, left, room: width - left - right };
}

/** Vertical lines at these values, with their texts above: where two would meet, only that of the value which comes first. */
function scale(values: readonly number[], at: (value: number) => number, text: (value: number) => string, height: number): SVGGElement {
  const lines = values.map((value) =>
    svg("line", { x1: at(value), x2: at(value), y1: 20, y2: height, class: value === 1 ? "one" : undefined }),
  );
  const told: number[] = [];
  for (const value of values) if (told.every((other) => Math.abs(at(other) - at(value)) >= APART)) told.push(value);
  const texts = told.map((value) => svg("text", { x: at(value), y: 12, "text-anchor": value === 0 ? "start" : "middle" }, text(value)));
  return svg("g", { class: "grid" }, ...lines, ...texts);
}

/** The chart in pixels of this width: a bar a row, as a share of its nearer ceiling; `series` colours kinds of layers. */
export function drawBars({ title, bars }: BarChart, series: Series, width: number): SVGSVGElement {
  const texts = bars.map(({ words }) => words.slice(0, width < NARROW ? 2 : 3).join(GAP));
  const { narrow, left, room } = columns(
    bars.map(({ name }) => name),
    texts,
    width,
  );
  const longest = Math.min(LONGEST_SHARE, Math.max(0.1, ...bars.map(({ share }) => share)));
  const x = (share: number) => left + (room * Math.min(share, longest)) / longest;
  const step = narrow ? ROW + 16 : ROW;
  const height = 24 + bars.length * step;
  const marks = bars.flatMap(({ key, name, batch, group, share, milliseconds, words }, at) => {
    const top = 24 + at * step + (narrow ? 16 : 0);
    const middle = top + BAR / 2 + 1;
    const attributes = { x: left, y: top + 1, width: Math.max(1, x(share) - left), height: BAR, class: series.get(group) };
    return [
      narrow
        ? svg("text", { x: 0, y: top - 4 }, name)
        : svg("text", { x: left - 8, y: middle, dy: "0.35em", "text-anchor": "end" }, shortened(name, left - 8)),
      mark("rect", attributes, `${name}, batch ${batch}: ${words.join(", ")}`, { key, share, milliseconds }),
      svg("text", { x: x(share) + 6, y: middle, dy: "0.35em", class: "value" }, texts[at] as string),
    ];
  });
  const steps = [1, 0, 0.5, 0.25, 0.75, 0.1, 0.05].filter((value) => value <= longest && (value === 0 || value >= longest / 5));
  const { element, height: under } = legend(kindsOf(bars, series), 0, height + 8, width);
  return chart(`${title}: share of the nearer ceiling`, width, height + 8 + under, scale(steps, x, percent, height), ...marks, element);
}

/** The chart in pixels of this width: a bar a contestant and row, its time by that of `base`. */
export function drawRaces(races: readonly Race[], width: number, base: string): SVGSVGElement {
  const kinds = seriesOf(races.flatMap(({ entries }) => entries.map(({ contestant }) => contestant)));
  const textOf = ({ milliseconds, ratio, contestant }: Race["entries"][number]) =>
    `${digits(milliseconds)} ms${contestant === base ? "" : `${GAP}${digits(ratio)} x`}`;
  const titles = races.map(({ name, batch }) => `${name}, batch ${batch}`);
  const { narrow, left, room } = columns(
    titles,
    races.flatMap(({ entries }) => entries.map(textOf)),
    width,
  );
  const longest = Math.min(LONGEST_RATIO, Math.max(1, ...races.flatMap(({ entries }) => entries.map(({ ratio }) => ratio))));
  const x = (ratio: number) => left + (room * Math.min(ratio, longest)) / longest;
  let top = 24;
  const marks: Node[] = [];
  for (const [at, { key, entries }] of races.entries()) {
    const title = titles[at] as string;
    if (narrow) top += 16;
    marks.push(
      narrow
        ? svg("text", { x: 0, y: top - 3 }, title)
        : svg("text", { x: left - 8, y: top + BAR / 2, dy: "0.35em", "text-anchor": "end" }, shortened(title, left - 8)),
    );
    for (const entry of entries) {
      const { contestant, milliseconds, ratio } = entry;
      const attributes = { x: left, y: top, width: Math.max(1, x(ratio) - left), height: BAR, class: kinds.get(contestant) };
      marks.push(
        mark("rect", attributes, `${title}, ${contestant}: ${textOf(entry)}`, { key, contestant, milliseconds, ratio }),
        svg("text", { x: x(ratio) + 6, y: top + BAR / 2, dy: "0.35em", class: "value" }, textOf(entry)),
      );
      top += BAR + 3;
    }
    top += 8;
  }
  const steps = [1, 0, 2, 5, 10].filter((value) => value <= longest);
  const { element, height } = legend(
    [...kinds].map(([text, name]) => ({ text, class: name })),
    0,
    top,
    width,
  );
  const lines = scale(steps, x, (value) => `${value} x`, top - 4);
  return chart(`Times by those of ${base}`, width, top + height, lines, ...marks, element);
}
