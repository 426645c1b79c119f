/** Draws what `tsne` shows: the scatter plot, and a sheet of all images. */
import sharp from "sharp";
import { COLOURS, type Embedding, place, SIDE } from "../../faces/all.ts";
import type { TsnePoint } from "./report.ts";

const PICTURE_SIDE = 1200;
/** Pictures side by side on the sheet. */
const COLUMNS = 40;
const SHEET_QUALITY = 70;

/** Labels differ in shape as well: discs, and diamonds. */
export const SYMBOLS = `<circle id="kept" r="5"/><path id="shifted" d="M0-6.5L6.5 0 0 6.5-6.5 0Z"/>`;

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
