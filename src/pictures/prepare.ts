/** The first step of decoding on page and command line: repairs a photo, or rewrites it, so that both see the same. */

// libavif in WebAssembly: libheif, which the command line's library has, upsamples colour more coarsely than browsers do, and some browsers
// stretch the range of what has alpha or is animated.
import decodeAvif from "@jsquash/avif/decode.js";
import { readAvif } from "./avif.ts";
import { damaged } from "./errors.ts";
import { decodeGif } from "./gif.ts";
import { cleanJpeg } from "./jpeg.ts";
import type { Kind } from "./kind.ts";
import { checkSize } from "./limits.ts";
import { type CleanPng, cleanPng } from "./png.ts";
import { encodePng } from "./png-encode.ts";
import { webpSize } from "./webp.ts";

/** A photo that the decoders of both faces read alike and in full: PNG, where it is none of the other formats that they know. */
export type Prepared = CleanPng;

/**
 * Frees JPEG and PNG of harmless damage, and makes AVIF and GIF a PNG. Throws a PictureError where a part of the picture is missing, and for
 * one that is too large to be decoded (TIFF aside).
 */
export async function prepare(bytes: Uint8Array<ArrayBuffer>, kind: Kind): Promise<Prepared> {
  switch (kind) {
    case "JPEG":
      return { bytes: cleanJpeg(bytes) };
    case "PNG":
      return cleanPng(bytes);
    case "AVIF":
      return cleanPng(await avifToPng(bytes));
    case "GIF":
      return cleanPng(encodePng(decodeGif(bytes)));
    case "WebP":
      checkSize(...webpSize(bytes));
      return { bytes };
    case "TIFF":
      return { bytes };
  }
}

async function avifToPng(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, colours, orientation } = readAvif(bytes);
  checkSize(width, height);
  // The codec reads a whole buffer.
  const whole = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
  const pixels = await decodeAvif(whole).catch((cause) => {
    throw damaged("its pixels cannot be decoded", { cause });
  });
  if (!pixels) throw damaged("its pixels cannot be decoded");
  return encodePng(pixels, colours, orientation);
}
