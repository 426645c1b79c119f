/** The picture that the page saves: a whole photo at its own resolution, the map over what the classifier saw, and below it a colour bar. */
import type { Photo } from "../../faces/all.ts";
import { type Drawable, draw, whiteCanvas } from "../../faces/canvas.ts";
import { coloursOf, type Look, overlayOf, scaleOf } from "../stage/look.ts";

/** What of an explanation the picture shows, and says. */
export interface FigureRequest extends Drawable {
  readonly map: Float32Array;
  readonly look: Look;
  /** In one line. */
  caption: string;
  /** What stands at the ends of the colour bar. */
  ends: readonly [low: string, high: string];
}

/** Pixels of a photo's longer side for one of the texts' unit: texts grow with the photo. */
const SIDE_OF_UNIT = 640;
/** Of smaller photos the picture is wider than the photo: its texts need room. In units. */
const LEAST_WIDTH = 320;
const INK = "#1d1a22";

/** As PNG. `photo` is the one that was explained. Throws BAD_OPTION where it is not. */
export async function drawFigure(photo: Photo, { caption, ends, look, ...drawable }: FigureRequest): Promise<Blob> {
  const over = new OffscreenCanvas(photo.width, photo.height);
  const { map, options } = overlayOf(drawable.map, look, scaleOf(drawable.map, look));
  await draw(over, { ...drawable, map }, { photo, ...options });
  const unit = Math.max(1, Math.max(photo.width, photo.height) / SIDE_OF_UNIT);
  const px = (units: number) => Math.round(units * unit);
  const width = Math.max(photo.width, px(LEAST_WIDTH));
  const page = whiteCanvas(width, photo.height + px(64));
  page.drawImage(over, Math.floor((width - photo.width) / 2), 0);

  const [left, right] = [px(12), width - px(12)];
  const top = photo.height + px(10);
  const colours = coloursOf(look);
  for (let x = left; x < right; x++) {
    page.fillStyle = `rgb(${colours[Math.round(((x - left) / Math.max(1, right - left - 1)) * (colours.length - 1))]?.join(" ")})`;
    page.fillRect(x, top, 1, px(10));
  }
  Object.assign(page, { fillStyle: INK, textBaseline: "top", font: `${px(12)}px system-ui, sans-serif` });
  page.fillText(ends[0], left, top + px(13));
  page.textAlign = "right";
  page.fillText(ends[1], right, top + px(13));
  page.textAlign = "left";
  page.fillText(caption, left, top + px(32), right - left);
  return page.canvas.convertToBlob({ type: "image/png" });
}
