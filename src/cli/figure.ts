/** Draws the figure of a comparison: the photo and several methods' maps side by side. */
import sharp from "sharp";
import type { Size } from "../faces/all.ts";
import type { Picture } from "./paint.ts";
import type { Shading } from "./shading.ts";
import { box, colourBar, FAINT, type Node, PAPER, text, typeset } from "./typeset.ts";

/** One cell of a figure: an image with a title above and lines below, or the reason why there is none. */
export interface Panel {
  title: string;
  image?: Picture;
  reason?: string;
  /** For the colour bar. */
  shading?: Shading;
  lines: readonly string[];
}

export interface Figure {
  title: string;
  subtitle: string;
  panels: readonly Panel[];
  footnote: string;
  /** Size of the classifier's input in pixels; images are shown as large as it would be with a longer side of SIDE, or smaller. */
  input: Size;
}

/** Twice as many pixels as the layout has, for sharp text. */
const DENSITY = 144;
/** Pixels that an image needs to be as sharp as the text. */
export const IMAGE_SIDE = 448;
/** Longer side of a panel's image, and the least width that its lines need. */
const [SIDE, NARROWEST] = [224, 160];
const GAP = 24;
const MARGIN = 28;
const MOST_COLUMNS = 4;
/** Numbers below a colour bar. */
const TICKS = 3;
/** As much of a reason as fits its panel. */
const REASON = { display: "block", lineClamp: 12 };
/** Panels in a grid of at most four columns under one title, as PNG. */
export async function drawFigure({ title, subtitle, panels, footnote, input }: Figure): Promise<Uint8Array> {
  const columns = panels.length <= MOST_COLUMNS ? panels.length : panels.length <= 6 ? 3 : MOST_COLUMNS;
  const rows = Array.from({ length: Math.ceil(panels.length / columns) }, (_, row) => panels.slice(row * columns, (row + 1) * columns));
  const space = within(input, { width: SIDE, height: SIDE });
  const size = Math.max(NARROWEST, space.width);
  const drawn: Node[] = [];
  for (const row of rows)
    drawn.push(box({ marginTop: GAP, gap: GAP }, ...(await Promise.all(row.map((panel) => drawPanel(panel, size, space))))));
  const width = 2 * MARGIN + columns * size + (columns - 1) * GAP;
  const svg = await typeset(
    { padding: MARGIN },
    width,
    text({ fontSize: 22, fontWeight: 600 }, title),
    text({ fontSize: 13, color: FAINT, marginTop: 4 }, subtitle),
    ...drawn,
    text({ fontSize: 11, color: FAINT, marginTop: 20 }, footnote),
  );
  return sharp(svg, { density: DENSITY, unlimited: true }).flatten({ background: PAPER }).png().toBuffer();
}

/** As large as fits into a space, at least a pixel each way. */
export function within({ width, height }: Size, space: Size): Size {
  const scale = Math.min(space.width / width, space.height / height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

async function drawPanel({ title, image, reason, shading, lines }: Panel, size: number, space: Size): Promise<Node> {
  const picture = image
    ? { type: "img", props: { src: await asDataUrl(image), ...within(image, { width: size, height: space.height }) } }
    : box(
        {
          width: size,
          height: Math.max(NARROWEST, space.height),
          padding: 14,
          backgroundColor: "#f1f1f4",
          color: FAINT,
          fontSize: 12,
          overflow: "hidden",
        },
        text(REASON, reason ?? ""),
      );
  return box(
    { flexDirection: "column", width: size, fontSize: 12 },
    text({ fontSize: 14, fontWeight: 600, marginBottom: 6 }, title),
    picture,
    ...(shading ? [colourBar(shading, { width: size, ticks: TICKS })] : []),
    ...lines.map((line) => text({ color: FAINT, marginTop: 4 }, line)),
  );
}

async function asDataUrl({ width, height, data }: Picture): Promise<string> {
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}
