/** Cuts out the part of a photo that the classifier sees, for display. */
import type { Photo } from "../faces/all.ts";
import { type InputSpec, LUMA, type Size } from "../faces/canvas.ts";

/** Longer side in pixels of the part on show: twice that of the usual maps, for sharp screens. */
const VIEW_SIDE = 448;

/** In pixels and fractions of them. */
export interface Rectangle {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The part of a photo that a classifier sees. */
export function seenPart(photo: Pick<Photo, "width" | "height">, { height, width, resize, share }: InputSpec): Rectangle {
  if (resize === "squash") return { left: 0, top: 0, width: photo.width, height: photo.height };
  // Pixels of the photo for one of the input, once the photo covers what the input is a share of.
  const scale = share * Math.min(photo.width / width, photo.height / height);
  const part = { width: Math.min(scale * width, photo.width), height: Math.min(scale * height, photo.height) };
  return { left: (photo.width - part.width) / 2, top: (photo.height - part.height) / 2, ...part };
}

/** Size of the part on show, in the input's proportions. */
export function viewSize({ height, width }: Size): Size {
  const scale = VIEW_SIDE / Math.max(height, width);
  return { height: Math.max(1, Math.round(scale * height)), width: Math.max(1, Math.round(scale * width)) };
}

/** The part that a classifier sees, in the input's proportions and colours, finer than the input: for the eye only. */
export function drawView(photo: Photo, input: InputSpec): ImageData {
  const { left, top, width, height } = seenPart(photo, input);
  const [x, y] = [Math.floor(left), Math.floor(top)];
  // Of a large photo no more than needed is copied.
  const [right, bottom] = [Math.min(Math.ceil(left + width), photo.width), Math.min(Math.ceil(top + height), photo.height)];
  const part = makeContext(right - x, bottom - y);
  part.putImageData(asImage(photo), -x, -y, x, y, part.canvas.width, part.canvas.height);
  const size = viewSize(input);
  const view = makeContext(size.width, size.height);
  view.imageSmoothingQuality = "high";
  view.drawImage(part.canvas, left - x, top - y, width, height, 0, 0, size.width, size.height);
  const image = view.getImageData(0, 0, size.width, size.height);
  if (input.channels === "grey") turnGrey(image.data);
  return image;
}

/** The part in words, such as "the photo's central square". */
export function describePart({ height, width, resize, channels }: InputSpec): string {
  const part = resize === "squash" ? "the whole photo, squashed" : `the photo's central ${height === width ? "square" : "part"}`;
  return channels === "grey" ? `${part}, in grey` : part;
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
