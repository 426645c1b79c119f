/** Paints a map over its photo at any size, for the figures. */
import sharp from "sharp";
import type { Photo, Rectangle, Size } from "../faces/all.ts";
import type { Shading } from "./shading.ts";

/** Brightness that is left of what the classifier does not see. */
const DIMMED = 0.6;

export interface Picture extends Size {
  /** RGB, a byte a channel. */
  readonly data: Buffer;
}

/** The photo at another size. */
export async function resizePhoto(photo: Photo, size: Size): Promise<Picture> {
  const data = await sharp(photo.data, { raw: { width: photo.width, height: photo.height, channels: 4 } })
    .removeAlpha()
    .resize({ ...size, fit: "fill" })
    .raw()
    .toBuffer();
  return { ...size, data };
}

/** A map as it lies over a photo: its values, row by row, their colours, and where in the photo's pixels they belong. */
export interface PlacedMap extends Size {
  readonly values: Float32Array;
  readonly shading: Shading;
}

/**
 * Paints a map over a picture of the photo, smoothly enlarged, as the library's overlay does: what has no weight is the photo with less colour.
 * Around it the photo is darker. `at`: where the map belongs, in pixels of the picture. Changes the picture.
 */
export function paintMap(picture: Picture, { values, width, height, shading }: PlacedMap, at: Rectangle): void {
  const columns = Array.from({ length: picture.width }, (_, x) => tap((x + 0.5 - at.left) / at.width, width));
  const bounds = pixelsOf(at, picture);
  for (let y = 0; y < picture.height; y++) {
    const [above, below, down] = tap((y + 0.5 - at.top) / at.height, height);
    for (let x = 0; x < picture.width; x++) {
      const pixel = 3 * (y * picture.width + x);
      if (x < bounds.left || x >= bounds.right || y < bounds.top || y >= bounds.bottom) {
        for (let c = 0; c < 3; c++) picture.data[pixel + c] = (picture.data[pixel + c] as number) * DIMMED;
        continue;
      }
      const [left, right, across] = columns[x] as Tap;
      const upper = mix(values[above * width + left] as number, values[above * width + right] as number, across);
      const lower = mix(values[below * width + left] as number, values[below * width + right] as number, across);
      blend(picture.data, pixel, shading.colourOf(mix(upper, lower, down)));
    }
  }
}

function blend(data: Uint8Array, at: number, { colour, opacity }: ReturnType<Shading["colourOf"]>): void {
  const grey = 0.299 * (data[at] as number) + 0.587 * (data[at + 1] as number) + 0.114 * (data[at + 2] as number);
  for (let c = 0; c < 3; c++) {
    const base = 0.6 * grey + 0.4 * (data[at + c] as number);
    data[at + c] = Math.round(base * (1 - opacity) + (colour[c] as number) * opacity);
  }
}

/** Two neighbours of a place, and how far it lies from the first to the second. */
type Tap = readonly [first: number, second: number, share: number];

/** `share`: in [0, 1] of `size` pixels, whose values are those of their centres. */
function tap(share: number, size: number): Tap {
  const place = Math.min(size - 1, Math.max(0, share * size - 0.5));
  const first = Math.floor(place);
  return [first, Math.min(size - 1, first + 1), place - first];
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Whole pixels of a picture, at least one each way; `right` and `bottom` lie behind the last. */
function pixelsOf(at: Rectangle, size: Size): Bounds {
  const left = Math.min(size.width - 1, Math.max(0, Math.round(at.left)));
  const top = Math.min(size.height - 1, Math.max(0, Math.round(at.top)));
  const right = Math.min(size.width, Math.max(left + 1, Math.round(at.left + at.width)));
  const bottom = Math.min(size.height, Math.max(top + 1, Math.round(at.top + at.height)));
  return { left, top, right, bottom };
}

/** Draws a frame that shows on any photo, white in black, around a part of the picture. `line`: pixels of either. Changes the picture. */
export function drawFrame(picture: Picture, at: Rectangle, line: number): void {
  const { left, top, right, bottom } = pixelsOf(at, picture);
  // Where the part ends with the picture, the frame lies inside.
  const [across, down] = [picture.width, picture.height].map((side) => (side > 8 * line ? 2 * line : 0)) as [number, number];
  const inner = {
    left: Math.max(left, across),
    top: Math.max(top, down),
    right: Math.min(right, picture.width - across),
    bottom: Math.min(bottom, picture.height - down),
  };
  for (const [distance, value] of [
    [2 * line, 0],
    [line, 255],
  ] as const) {
    const [x, y, endX, endY] = [inner.left - distance, inner.top - distance, inner.right + distance, inner.bottom + distance];
    fill(picture, { left: x, top: y, right: endX, bottom: y + line }, value);
    fill(picture, { left: x, top: endY - line, right: endX, bottom: endY }, value);
    fill(picture, { left: x, top: y, right: x + line, bottom: endY }, value);
    fill(picture, { left: endX - line, top: y, right: endX, bottom: endY }, value);
  }
}

function fill({ width, height, data }: Picture, { left, top, right, bottom }: Bounds, value: number): void {
  const [first, end] = [Math.max(0, left), Math.min(width, right)];
  if (first >= end) return;
  for (let y = Math.max(0, top); y < Math.min(height, bottom); y++) data.fill(value, 3 * (y * width + first), 3 * (y * width + end));
}
