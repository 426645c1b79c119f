/** Text and boxes as pictures: laid out by satori, in a font that comes along, so that none of the system is needed. */
import { readFile } from "node:fs/promises";
import satori from "satori";
import { assetPath, FONTS } from "./assets.ts";
import type { Shading } from "./shading.ts";

export const [INK, FAINT, PAPER] = ["#1b1b1f", "#5a5a64", "#ffffff"];
/** What a colour bar stands on: a photo of medium grey. */
const GROUND = "#9a9a9a";
/** Steps between the ends of a colour bar's gradient. */
const STOPS = 32;

type Style = Record<string, string | number>;
export type Node = string | { type: string; props: Record<string, unknown> };

export function box(style: Style, ...children: Node[]): Node {
  return { type: "div", props: { style: { display: "flex", boxSizing: "border-box", ...style }, children } };
}

export const text = (style: Style, content: string) => box({ overflowWrap: "anywhere", ...style }, content);

/** An SVG of this width in pixels, as high as it needs to be: a column on white. */
export async function typeset(style: Style, width: number, ...children: Node[]): Promise<Buffer> {
  const fontFamily = [...new Set(FONTS.map(({ name }) => name))].join(", ");
  const page = box({ flexDirection: "column", width, backgroundColor: PAPER, color: INK, fontFamily, ...style }, ...children);
  return Buffer.from(await satori(page as Parameters<typeof satori>[0], { width, fonts: await loadFonts() }));
}

/** A shading's colours, with the values at `ticks` evenly spaced places. `unit`: pixels of a pixel at usual size. */
export function colourBar(shading: Shading, { width, ticks, unit = 1 }: { width: number; ticks: number; unit?: number }): Node {
  const { low, high } = shading;
  const at = (share: number) => low + share * (high - low);
  const stops = Array.from({ length: STOPS + 1 }, (_, i) => {
    const { colour, opacity } = shading.colourOf(at(i / STOPS));
    return `rgba(${colour.join(", ")}, ${opacity.toFixed(3)}) ${((100 * i) / STOPS).toFixed(2)}%`;
  });
  const bar = { width, height: 8 * unit, marginTop: 6 * unit, backgroundColor: GROUND };
  const labels = Array.from({ length: ticks }, (_, i) => text({}, label(at(i / (ticks - 1)), shading)));
  return box(
    { flexDirection: "column", width },
    box({ ...bar, backgroundImage: `linear-gradient(90deg, ${stops.join(", ")})` }),
    box({ justifyContent: "space-between", fontSize: 11 * unit, marginTop: 2 * unit }, ...labels),
  );
}

/** Values beyond an end have its colour. */
function label(value: number, { low, high, least, most }: Shading): string {
  const beyond = value === low && least < low ? "< " : value === high && most > high ? "> " : "";
  // In the middle of a bar rounding can leave next to nothing.
  return beyond + shortNumber(Math.abs(value) < 1e-9 * (high - low) ? 0 : value);
}

/** Three digits, with a true minus sign. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3))).replace(/-/g, "−");
}

let fonts: Promise<{ name: string; weight: 400 | 600; data: Buffer }[]> | undefined;

function loadFonts() {
  fonts ??= Promise.all(FONTS.map(async ({ name, file, weight }) => ({ name, weight, data: await readFile(assetPath(file)) })));
  return fonts;
}
