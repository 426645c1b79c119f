/** The picture that the page saves: a whole photo at its own resolution, the map over what the classifier saw, and below it a colour bar. */
import type { Photo } from "../../faces/all.ts";
import { type Drawable, draw, overlayColour, whiteCanvas } from "../../faces/canvas.ts";

/** What of an explanation the picture shows, and says. */
export interface FigureRequest extends Drawable {
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
export async function drawFigure(photo: Photo, { caption, ends, ...drawable }: FigureRequest): Promise<Blob> {
  const over = new OffscreenCanvas(photo.width, photo.height);
  await draw(over, drawable, { photo });
  const unit = Math.max(1, Math.max(photo.width, photo.height) / SIDE_OF_UNIT);
  const px = (units: number) => Math.round(units * unit);
  const width = Math.max(photo.width, px(LEAST_WIDTH));
  const page = whiteCanvas(width, photo.height + px(64));
  page.drawImage(over, Math.floor((width - photo.width) / 2), 0);

  const [left, right] = [px(12), width - px(12)];
  const top = photo.height + px(10);
  for (let x = left; x < right; x++) {
    page.fillStyle = `rgb(${overlayColour((x - left) / Math.max(1, right - left - 1)).colour.join(" ")})`;
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
