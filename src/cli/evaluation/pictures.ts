import sharp from "sharp";
import { type Explanation, overlay } from "../../index.ts";
import { MARK_EXIF } from "../mark.ts";

/** Side of the pictures in the report, shown at half of it on dense screens. */
const SIDE = 224;

/** The photo as the teacher saw it, with a map over it if there is one, as WebP. */
export function drawPicture(input: Uint8ClampedArray, size: Explanation["size"], map?: Float32Array): Promise<Uint8Array> {
  return sharp(map ? overlay(map, input, size) : input, { raw: { width: size, height: size, channels: 4 } })
    .resize(SIDE)
    .webp({ quality: 80 })
    .withExif(MARK_EXIF)
    .toBuffer();
}
