import sharp from "sharp";
import { type Explanation, overlay } from "../../index.ts";

/** Side of the pictures in the report, shown at half of it on dense screens. */
const SIDE = 224;

/** The photo as the teacher saw it, and every map over it, as WebP by the names of the maps. */
export async function picturesOf(
  input: Uint8ClampedArray,
  maps: ReadonlyMap<string, Float32Array>,
  size: Explanation["size"],
): Promise<Map<string, Uint8Array>> {
  const pictures = new Map([["photo", await encode(input, size)]]);
  for (const [name, map] of maps) pictures.set(name, await encode(overlay(map, input, size), size));
  return pictures;
}

function encode(pixels: Uint8ClampedArray, size: number): Promise<Uint8Array> {
  return sharp(pixels, { raw: { width: size, height: size, channels: 4 } })
    .resize(SIDE)
    .webp({ quality: 80 })
    .toBuffer();
}
