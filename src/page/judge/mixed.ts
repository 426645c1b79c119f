/** Puts a picture together from two of the same size. */
import type { CurvePictures, Size } from "../../faces/all.ts";

/** The first of the pictures (RGBA, height x width), and the second at the pixels that are replaced. */
export function mixed(
  stays: CurvePictures["photo"],
  comes: CurvePictures["photo"],
  isReplaced: (at: number) => boolean,
  { height, width }: Size,
): ImageData {
  const pixels = new Uint32Array(stays.slice().buffer);
  const coming = new Uint32Array(comes.buffer, comes.byteOffset, pixels.length);
  for (const at of pixels.keys()) if (isReplaced(at)) pixels[at] = coming[at] as number;
  return new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
}
