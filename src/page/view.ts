/** Draws a photo, or a part of it, as the page shows it. */
import type { Photo, Rectangle } from "../faces/all.ts";
import { LUMA, type Size } from "../faces/canvas.ts";

/** Longer side in pixels of a kept view, and the least of a map on show: twice that of the usual maps, for sharp screens. */
const VIEW_SIDE = 448;
/** The most pixels of the longer side of a photo on show, and of a map over it. */
const WHOLE_SIDE = 1600;
const MAP_SIDE = 1024;

/** A part of a photo, and how it is drawn. */
export interface Cut {
  /** In pixels of the photo, and fractions of them. */
  readonly part: Rectangle;
  /** What it is stretched to. */
  readonly size: Size;
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

/** Draws a part of the photo, in grey or in colours: for the eye only. */
export function drawPart(photo: Photo, { part: { left, top, width, height }, size, grey }: Cut): ImageData {
  const [x, y] = [Math.floor(left), Math.floor(top)];
  // Of a large photo no more than needed is copied.
  const [right, bottom] = [Math.min(Math.ceil(left + width), photo.width), Math.min(Math.ceil(top + height), photo.height)];
  const part = makeContext(right - x, bottom - y);
  part.putImageData(asImage(photo), -x, -y, x, y, part.canvas.width, part.canvas.height);
  const view = makeContext(size.width, size.height);
  view.imageSmoothingQuality = "high";
  view.drawImage(part.canvas, left - x, top - y, width, height, 0, 0, size.width, size.height);
  const image = view.getImageData(0, 0, size.width, size.height);
  if (grey) turnGrey(image.data);
  return image;
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
