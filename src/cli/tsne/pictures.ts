/** Draws what `tsne` shows: the scatter plot, and a sheet of all images. */
import sharp from "sharp";
import type { Embedding } from "../../faces/all.ts";
import type { TsnePoint } from "./report.ts";

/** Side of the drawing in its own units, and what is left free around the points. */
export const SIDE = 1000;
const MARGIN = 30;
const PICTURE_SIDE = 1200;
/** Pictures side by side on the sheet. */
const COLUMNS = 40;
const SHEET_QUALITY = 70;

/** Colours that remain apart for every kind of colour vision (Okabe & Ito 2008), at 3:1 or more on their ground. */
export const COLOURS = { light: { kept: "#0072b2", shifted: "#d55e00" }, dark: { kept: "#56b4e9", shifted: "#e69f00" } } as const;

/** Labels differ in shape as well: discs, and diamonds. */
export const SYMBOLS = `<circle id="kept" r="5"/><path id="shifted" d="M0-6.5L6.5 0 0 6.5-6.5 0Z"/>`;

/** Where the points stand in a square of SIDE, at one scale for both axes, y upwards. */
export function place(points: readonly TsnePoint[]): { x: number; y: number }[] {
  const extent = (values: number[]) => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { middle: (low + high) / 2, size: high - low };
  };
  const across = extent(points.map(({ x }) => x));
  const down = extent(points.map(({ y }) => y));
  const scale = (SIDE - 2 * MARGIN) / (Math.max(across.size, down.size) || 1);
  const round = (value: number) => Math.round(value * 10) / 10;
  return points.map(({ x, y }) => ({
    x: round(SIDE / 2 + (x - across.middle) * scale),
    y: round(SIDE / 2 - (y - down.middle) * scale),
  }));
}

/** The points as elements of an SVG that has the SYMBOLS. */
export function drawPoints(points: readonly TsnePoint[]): string {
  return place(points)
    .map(({ x, y }, i) => `<use href="#${points[i]?.label}" class="${points[i]?.label}" x="${x}" y="${y}"/>`)
    .join("");
}

/** The scatter plot as PNG, without words: no font can be relied on. */
export function drawScatter(points: readonly TsnePoint[]): Promise<Uint8Array> {
  const { kept, shifted } = COLOURS.light;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIDE} ${SIDE}" width="${PICTURE_SIDE}" height="${PICTURE_SIDE}">` +
    `<style>.kept{fill:${kept}}.shifted{fill:${shifted}}use{fill-opacity:.75}</style><defs>${SYMBOLS}</defs>` +
    `<rect width="100%" height="100%" fill="#fff"/>${drawPoints(points)}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

/** All images on one sheet, row by row, and how many stand side by side and one below another. */
export interface Sheet {
  webp: Uint8Array;
  columns: number;
  rows: number;
}

export async function drawSheet({ thumbnails, thumbnailSize: size, samples }: Embedding): Promise<Sheet> {
  const columns = Math.min(COLUMNS, samples);
  const rows = Math.ceil(samples / columns);
  const line = size * 4;
  const pixels = new Uint8Array(columns * rows * size * line);
  for (let i = 0; i < samples; i++) {
    const corner = (Math.floor(i / columns) * size * columns + (i % columns)) * line;
    for (let y = 0; y < size; y++) {
      const from = (i * size + y) * line;
      pixels.set(thumbnails.subarray(from, from + line), corner + y * columns * line);
    }
  }
  const raw = { width: columns * size, height: rows * size, channels: 4 } as const;
  const webp = await sharp(pixels, { raw }).removeAlpha().webp({ quality: SHEET_QUALITY, effort: 2 }).toBuffer();
  return { webp, columns, rows };
}
