/** Reads the size of a WebP before it is decoded, and the orientation that browsers ignore. */
import { cutShort, damaged } from "./errors.ts";
import { exifOrientation } from "./tiff.ts";

/** Width and height of a WebP as it is stored. Throws a PictureError where it does not begin with a picture. */
export function webpSize(bytes: Uint8Array): [width: number, height: number] {
  const view = viewOf(bytes);
  if (bytes.length < 30) throw cutShort();
  switch (name(bytes, 12)) {
    case "VP8X":
      return [1 + (view.getUint32(24, true) & 0xffffff), 1 + (view.getUint32(26, true) >>> 8)];
    case "VP8L":
      return [1 + (view.getUint32(21, true) & 0x3fff), 1 + ((view.getUint32(21, true) >>> 14) & 0x3fff)];
    case "VP8 ":
      return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
    default:
      throw damaged("it does not begin with a picture");
  }
}

/** Of the flags of a WebP's head: there is EXIF data. */
const HAS_EXIF = 8;

/** The EXIF orientation of a WebP, 1 to 8, which browsers leave to the page. */
export function webpOrientation(bytes: Uint8Array): number {
  const view = viewOf(bytes);
  // What the file's head does not announce, readers skip.
  if (name(bytes, 12) !== "VP8X" || !((bytes[20] as number) & HAS_EXIF)) return 1;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    if (name(bytes, at) === "EXIF") {
      const exif = bytes.subarray(at + 8, at + 8 + size);
      // Some programs keep the prefix that EXIF data has in a JPEG.
      return exifOrientation(name(exif, 0) === "Exif" ? exif.subarray(6) : exif);
    }
    at += 8 + size + (size & 1);
  }
  return 1;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const name = (bytes: Uint8Array, at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));
