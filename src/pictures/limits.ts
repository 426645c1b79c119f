/** Says which photos are too large, so that both faces refuse the same ones. */
import { PictureError } from "./errors.ts";

/** Longest side in pixels, and most pixels, that are decoded: a larger photo gains nothing at the classifier's 224 pixels. */
const MAX_SIDE = 16384;
export const MAX_PIXELS = 100_000_000;

/** Most bytes that are read: 100 megapixels in 16 bits without compression. */
export const MAX_BYTES = 800_000_000;

/** Throws a PictureError for an empty or an enormous file. */
export function checkBytes(size: number): void {
  if (size === 0) throw new PictureError("the file is empty (0 bytes)", "Copy or download the photo again.");
  if (size > MAX_BYTES)
    throw new PictureError(`${Math.ceil(size / 1e6)} MB is too large for a photo (at most ${MAX_BYTES / 1e6})`, "Save it smaller.");
}

/** Throws a PictureError for a picture that is too large to be decoded. */
export function checkSize(width: number, height: number): void {
  if (Math.max(width, height) <= MAX_SIDE && width * height <= MAX_PIXELS) return;
  throw new PictureError(
    `${width} x ${height} pixels is too large (at most ${MAX_SIDE} a side and ${MAX_PIXELS / 1e6} megapixels)`,
    "Scale the photo down first; the classifier sees 224 x 224 pixels of it.",
  );
}
