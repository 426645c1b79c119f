import { readFile } from "node:fs/promises";
import satori from "satori";
import sharp from "sharp";
import { overlayColour } from "../faces/all.ts";
import { assetPath } from "./assets.ts";

/** One cell of a figure: an image with a title above and lines below, or the reason why there is none. */
export interface Panel {
  title: string;
  /** RGBA. */
  image?: Uint8ClampedArray;
  reason?: string;
  /** Values at the ends of the colour bar. */
  scale?: { low: number; high: number };
  lines: readonly string[];
}

export interface Figure {
  title: string;
  subtitle: string;
  panels: readonly Panel[];
  footnote: string;
  /** Size of every panel's image in pixels; it is shown with a longer side of SIDE. */
  image: Size;
}

interface Size {
  width: number;
  height: number;
}

type Style = Record<string, string | number>;
type Node = string | { type: string; props: Record<string, unknown> };

/** Twice as many pixels as the layout has, for sharp text. */
const DENSITY = 144;
/** Longer side of a panel's image, and the least width that its lines need. */
const [SIDE, NARROWEST] = [224, 160];
const GAP = 24;
const MARGIN = 28;
const MOST_COLUMNS = 4;
const [INK, FAINT, PAPER] = ["#1b1b1f", "#5a5a64", "#ffffff"];
/** As much of a reason as fits its panel. */
const REASON = { display: "block", lineClamp: 12 };
/** The ends and steps between at which the colour bar's gradient is given. */
const STOPS = 16;

/** The text is drawn as outlines of these, so that it needs no font of the system; the second has the letters that the first lacks. */
const FONTS = [
  { name: "Inter", file: "inter-latin-400-normal.woff", weight: 400 },
  { name: "Inter", file: "inter-latin-600-normal.woff", weight: 600 },
  { name: "Inter Extended", file: "inter-latin-ext-400-normal.woff", weight: 400 },
] as const;

function box(style: Style, ...children: Node[]): Node {
  return { type: "div", props: { style: { display: "flex", boxSizing: "border-box", ...style }, children } };
}

const text = (style: Style, content: string) => box({ overflowWrap: "anywhere", ...style }, content);

/** Panels in a grid of at most four columns under one title, as PNG. */
export async function drawFigure({ title, subtitle, panels, footnote, image }: Figure): Promise<Uint8Array> {
  const columns = panels.length <= MOST_COLUMNS ? panels.length : panels.length <= 6 ? 3 : MOST_COLUMNS;
  const rows = Array.from({ length: Math.ceil(panels.length / columns) }, (_, row) => panels.slice(row * columns, (row + 1) * columns));
  const scale = SIDE / Math.max(image.width, image.height);
  const shown = { width: Math.round(image.width * scale), height: Math.round(image.height * scale) };
  const size = Math.max(NARROWEST, shown.width);
  const drawn: Node[] = [];
  for (const row of rows)
    drawn.push(box({ marginTop: GAP, gap: GAP }, ...(await Promise.all(row.map((panel) => drawPanel(panel, { size, shown, image }))))));
  const width = 2 * MARGIN + columns * size + (columns - 1) * GAP;
  const page = box(
    { flexDirection: "column", padding: MARGIN, width, backgroundColor: PAPER, color: INK, fontFamily: "Inter, Inter Extended" },
    text({ fontSize: 22, fontWeight: 600 }, title),
    text({ fontSize: 13, color: FAINT, marginTop: 4 }, subtitle),
    ...drawn,
    text({ fontSize: 11, color: FAINT, marginTop: 20 }, footnote),
  );
  const svg = await satori(page as Parameters<typeof satori>[0], { width, fonts: await loadFonts() });
  return sharp(Buffer.from(svg), { density: DENSITY, unlimited: true }).flatten({ background: PAPER }).png().toBuffer();
}

async function drawPanel({ title, image, reason, scale, lines }: Panel, layout: { size: number; shown: Size; image: Size }): Promise<Node> {
  const { size, shown } = layout;
  const picture = image
    ? { type: "img", props: { src: await asDataUrl(image, layout.image), ...shown } }
    : box(
        {
          width: size,
          height: Math.max(NARROWEST, shown.height),
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
    ...(scale ? [drawScale(scale, size)] : []),
    ...lines.map((line) => text({ color: FAINT, marginTop: 4 }, line)),
  );
}

/** The overlay's colours on grey, with the values at which they begin and at which they end. */
function drawScale({ low, high }: { low: number; high: number }, size: number): Node {
  const stops = Array.from({ length: STOPS + 1 }, (_, i) => {
    const { colour, opacity } = overlayColour(i / STOPS);
    return `rgba(${colour.join(", ")}, ${opacity.toFixed(3)}) ${((100 * i) / STOPS).toFixed(2)}%`;
  });
  const bar = { width: size, height: 8, marginTop: 6, backgroundColor: "#9a9a9a" };
  return box(
    { flexDirection: "column" },
    box({ ...bar, backgroundImage: `linear-gradient(90deg, ${stops.join(", ")})` }),
    box({ justifyContent: "space-between", fontSize: 11, marginTop: 2 }, text({}, shortNumber(low)), text({}, shortNumber(high))),
  );
}

/** Three digits, with a true minus sign. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3))).replace(/-/g, "−");
}

async function asDataUrl(rgba: Uint8ClampedArray, { width, height }: Size): Promise<string> {
  const png = await sharp(rgba, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
  return `data:image/png;base64,${png.toString("base64")}`;
}

async function loadFonts() {
  return Promise.all(
    FONTS.map(async ({ name, file, weight }) => ({ name, weight, data: await readFile(assetPath(`@fontsource/inter/files/${file}`)) })),
  );
}
