/** Draws a photo, or a part of it, as the page shows it. */
import type { Photo, Rectangle } from "../faces/all.ts";
import { LUMA, type Size } from "../faces/canvas.ts";

/** Longer side in pixels of a kept view, and the least of a map on show: twice that of the usual maps, for sharp screens. */
const VIEW_SIDE = 448;
/** The most pixels of the longer side of a photo on show, and of a map over it. */
const WHOLE_SIDE = 1600;
const MAP_SIDE = 1024;

/** The most pixels that are drawn of what is in sight, and about as many of a photo as are copied at a time. */
const DETAIL_PIXELS = 4_000_000;
/** Pixels of the screen to one of the photo from which on the browser shrinks a picture without losing any. */
const SHRUNK = 0.5;
/** Pixels that are shown become more only where they become as many times as many along a side: less is not seen. */
const NOTICED = 1.1;

/** A part of a photo, and the size at which it is shown. */
export interface Detail {
  /** In pixels of the photo, and fractions of them. */
  readonly part: Rectangle;
  /** What it is stretched to. */
  readonly size: Size;
}

/** A part of a photo, and how it is drawn. */
export interface Cut extends Detail {
  readonly grey: boolean;
}

/** Size of what the classifier saw as it is kept, in the input's proportions. */
export function viewSize({ height, width }: Size): Size {
  return scaled({ height, width }, VIEW_SIDE / Math.max(height, width));
}

/** Size of the whole photo on show: its own, unless that is large. */
export function wholeSize({ height, width }: Size): Size {
  return scaled({ height, width }, wholeScale({ height, width }));
}

/** Size of a map over a part of the photo on show: the pixels that this part has there, within bounds. */
export function mapSize(photo: Size, { height, width }: Size): Size {
  const longer = Math.max(height, width);
  return scaled({ height, width }, Math.min(Math.max(wholeScale(photo), VIEW_SIDE / longer), MAP_SIDE / longer));
}

/**
 * What is to be drawn of what is in sight, both in pixels of the photo: whole pixels of it, all that it has there or, where the screen has less
 * than half of them a side, as many as that, and no more than 4 million. `bounds`: what it stays within; `screen`: pixels of the screen to one of the photo; `shown`: pixels that are shown of
 * it so far. Undefined where these are enough.
 */
export function detailOf(seen: Rectangle, bounds: Rectangle, screen: number, shown: number): Detail | undefined {
  const [left, top] = [Math.max(Math.floor(seen.left), Math.ceil(bounds.left)), Math.max(Math.floor(seen.top), Math.ceil(bounds.top))];
  const width = Math.min(Math.ceil(seen.left + seen.width), Math.floor(bounds.left + bounds.width)) - left;
  const height = Math.min(Math.ceil(seen.top + seen.height), Math.floor(bounds.top + bounds.height)) - top;
  if (!(width > 0 && height > 0)) return undefined;
  const scale = Math.min(screen < SHRUNK ? screen : 1, Math.sqrt(DETAIL_PIXELS / (width * height)));
  return scale > NOTICED * shown ? { part: { left, top, width, height }, size: scaled({ height, width }, scale) } : undefined;
}

/** Draws a part of the photo, in grey or in colours: for the eye only. Of a large photo it copies rows by and by, and no more than needed. */
export function drawPart(photo: Photo, { part: { left, top, width, height }, size, grey }: Cut): ImageData {
  const view = makeContext(size.width, size.height);
  view.imageSmoothingQuality = "high";
  const image = asImage(photo);
  const [x, right] = [Math.floor(left), Math.min(Math.ceil(left + width), photo.width)];
  const bottom = Math.min(top + height, photo.height);
  const scale = height / size.height;
  const rows = Math.ceil(DETAIL_PIXELS / (right - x) / scale);
  // Rows of the photo that smoothing takes in beyond those that it draws.
  const margin = 4 * scale + 2;
  for (let row = 0; row < size.height; row += rows) {
    const from = Math.max(top, Math.floor(top + row * scale - margin));
    const to = Math.min(bottom, Math.ceil(top + (row + rows) * scale + margin));
    const y = Math.floor(from);
    const band = makeContext(right - x, Math.ceil(to) - y);
    band.putImageData(image, -x, -y, x, y, band.canvas.width, band.canvas.height);
    view.save();
    view.beginPath();
    view.rect(0, row, size.width, rows);
    view.clip();
    view.drawImage(band.canvas, left - x, from - y, width, to - from, 0, (from - top) / scale, size.width, (to - from) / scale);
    view.restore();
  }
  const drawn = view.getImageData(0, 0, size.width, size.height);
  if (grey) turnGrey(drawn.data);
  return drawn;
}

/** Copies the pixels of a part of the photo, whole pixels. */
export function pixelsOf({ data, width: across }: Photo, { left, top, width, height }: Rectangle): Uint8ClampedArray<ArrayBuffer> {
  const out = new Uint8ClampedArray(4 * width * height);
  for (let row = 0; row < height; row++) {
    const start = 4 * ((top + row) * across + left);
    out.set(data.subarray(start, start + 4 * width), 4 * row * width);
  }
  return out;
}

const wholeScale = ({ height, width }: Size) => Math.min(1, WHOLE_SIDE / Math.max(height, width));

function scaled({ height, width }: Size, scale: number): Size {
  return { height: Math.max(1, Math.round(scale * height)), width: Math.max(1, Math.round(scale * width)) };
}

function makeContext(width: number, height: number): OffscreenCanvasRenderingContext2D {
  return new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true }) as OffscreenCanvasRenderingContext2D;
}

function asImage({ data, width, height }: Photo): ImageData {
  return new ImageData(new Uint8ClampedArray(data.buffer as ArrayBuffer, data.byteOffset, data.length), width, height);
}

function turnGrey(rgba: Uint8ClampedArray): void {
  for (let i = 0; i < rgba.length; i += 4) {
    rgba[i] = rgba[i + 1] = rgba[i + 2] = LUMA.reduce((sum, share, channel) => sum + share * (rgba[i + channel] as number), 0);
  }
}
