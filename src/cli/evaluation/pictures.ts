/** Makes the small pictures on the page of an evaluation. */
import sharp from "sharp";
import { type Explanation, overlay } from "../../faces/all.ts";
import { MARK_EXIF } from "../mark.ts";

/** Width of the pictures in the report, shown at half of it on dense screens. */
const SIDE = 224;

/** The photo as the teacher saw it, with a map over it if there is one, as WebP. */
export function drawPicture({ input, width, height }: Explanation, map?: Float32Array): Promise<Uint8Array> {
  return sharp(map ? overlay(map, input) : input, { raw: { width, height, channels: 4 } })
    .resize(SIDE)
    .webp({ quality: 80 })
    .withExif(MARK_EXIF)
    .toBuffer();
}
