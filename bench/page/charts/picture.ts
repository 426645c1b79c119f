/** Makes a picture of a report's charts, under where and how they were measured. */
import { svg } from "../../../src/page/svg.ts";
import { describeSetting } from "../../report/line.ts";
import type { Report } from "../../report/report.ts";
import style from "./charts.css?inline";
import type { Drawable } from "./panel.ts";
import { widthOf } from "./svg.ts";

const WIDTH = 1200;
const MARGIN = 32;
const LINE = 18;
/** Pixels of the picture a pixel of the page, where a canvas can be so high. */
const SCALE = 2;
const LARGEST_SIDE = 16_000;

/** The charts under each other as SVG, with all that they need to look as they do on the page. */
function composePicture(report: Report, charts: readonly Drawable[], remark: string): SVGSVGElement {
  const inner = WIDTH - 2 * MARGIN;
  const children: Node[] = [svg("text", { x: MARGIN, y: MARGIN + 14, class: "title" }, "Relabel: benchmark")];
  let top = MARGIN + 24;
  for (const text of [...describeSetting(report), remark].flatMap((line) => broken(line, inner))) {
    top += LINE;
    children.push(svg("text", { x: MARGIN, y: top }, text));
  }
  for (const { title, draw } of charts) {
    top += 48;
    children.push(svg("text", { x: MARGIN, y: top, class: "title" }, title));
    const drawn = draw(inner);
    drawn.setAttribute("x", String(MARGIN));
    drawn.setAttribute("y", String(top + 12));
    children.push(drawn);
    top += 12 + Number(drawn.getAttribute("height"));
  }
  const height = top + MARGIN;
  const ground = svg("rect", { width: WIDTH, height, style: "fill: var(--ground)" });
  const attributes = { class: "chart", width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}`, style: colours() };
  return svg("svg", attributes, svg("style", {}, style), ground, ...children);
}

/** The picture as PNG; `remark` says which rows its charts show. Throws where the browser cannot draw one so large. */
export async function pictureOf(report: Report, charts: readonly Drawable[], remark: string): Promise<Blob> {
  const whole = composePicture(report, charts, remark);
  const [width, height] = ["width", "height"].map((side) => Number(whole.getAttribute(side))) as [number, number];
  const scale = Math.min(SCALE, LARGEST_SIDE / height);
  const image = new Image(width, height);
  // From an address of a Blob some browsers taint the canvas.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(whole))}`;
  await image.decode();
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}

/** The page's colours as they are now, by the names that the rules know them under. */
function colours(): string {
  const computed = getComputedStyle(document.documentElement);
  const names = new Set(style.match(/--[\w-]+/g));
  const values = [...names, "--ground"].map((name) => `${name}: ${computed.getPropertyValue(name)}`);
  return [...values, "--behind: var(--ground)"].join("; ");
}

/** A line of words as several that fit. */
function broken(line: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of line.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && widthOf(`${last} ${word}`) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
