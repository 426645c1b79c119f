/** The parts that every chart has. */
import { type Attributes, svg } from "../../../src/page/svg.ts";

/** A mark with its numbers in words as title, and unrounded as data. */
export function mark<K extends "path" | "rect">(
  tag: K,
  attributes: Attributes,
  title: string,
  data: Readonly<Record<string, string | number>>,
): SVGElementTagNameMap[K] {
  const made = svg(tag, attributes, svg("title", {}, title));
  for (const [name, value] of Object.entries(data)) made.dataset[name] = String(value);
  return made;
}

/** A chart of so many pixels, which are its units, too. */
export function chart(label: string, width: number, height: number, ...children: Node[]): SVGSVGElement {
  const attributes = { class: "chart", role: "img", "aria-label": label, width, height, viewBox: `0 0 ${width} ${height}` };
  return svg("svg", attributes, ...children);
}

/** About the width of a text of this size, in pixels. */
export const widthOf = (text: string, size = 12) => text.length * size * 0.6;

/** As much of a text as fits into so many pixels. */
export function shortened(text: string, room: number): string {
  const letters = Math.floor(room / widthOf("n"));
  return text.length <= letters ? text : `${text.slice(0, letters - 1)}…`;
}

/** Colours that tell kinds apart; all kinds beyond them share the last. */
const SERIES = 10;

/** The class that colours each kind. */
export type Series = ReadonlyMap<string, string>;

/** Colours these kinds in their order. */
export function seriesOf(kinds: Iterable<string>): Series {
  return new Map([...new Set(kinds)].map((kind, at) => [kind, `series-${Math.min(at, SERIES - 1)}`]));
}

/** Entries for the kinds that these marks have. */
export function kindsOf(marks: readonly { readonly group: string }[], series: Series): LegendEntry[] {
  const present = new Set(marks.map(({ group }) => group));
  return [...series].flatMap(([text, name]) => (present.has(text) ? [{ text, class: name }] : []));
}

export interface LegendEntry {
  readonly text: string;
  readonly class: string;
  /** The outline of its sign around 0, 0; a square by default. */
  readonly path?: string;
}

const SQUARE = "M-5 -5h10v10h-10z";

/** Signs and their words, in as many lines as they need; words that are longer than a line are cut. */
export function legend(
  entries: readonly LegendEntry[],
  left: number,
  top: number,
  width: number,
): { element: SVGGElement; height: number } {
  const element = svg("g");
  let [x, y] = [left, top + 10];
  for (const { text: whole, class: name, path = SQUARE } of entries) {
    const text = shortened(whole, width - 16);
    const taken = 16 + widthOf(text) + 14;
    if (x > left && x + taken > left + width) [x, y] = [left, y + 18];
    element.append(
      svg("path", { d: path, class: name, transform: `translate(${x + 6} ${y})` }),
      svg("text", { x: x + 16, y, dy: "0.35em" }, text),
    );
    x += taken;
  }
  return { element, height: y + 12 - top };
}
