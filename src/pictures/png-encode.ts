/** Writes PNG files of AVIF and GIF pixels, for decoders that read these formats each in their own way. */
import { join } from "./join.ts";
import { chunk, PNG_SIGNATURE } from "./png-chunks.ts";

/** In the format that PNG compresses with (zlib, RFC 1950), but stored: what is written here is read at once. */
function stored(content: Uint8Array): Uint8Array<ArrayBuffer> {
  const blocks = Math.max(1, Math.ceil(content.length / 65535));
  const bytes = new Uint8Array(2 + 5 * blocks + content.length + 4);
  const view = new DataView(bytes.buffer);
  bytes.set([0x78, 0x01]);
  let at = 2;
  let [a, b] = [1, 0];
  for (let index = 0; index < blocks; index++) {
    const block = content.subarray(index * 65535, (index + 1) * 65535);
    bytes[at] = index === blocks - 1 ? 1 : 0;
    view.setUint16(at + 1, block.length, true);
    view.setUint16(at + 3, ~block.length & 0xffff, true);
    bytes.set(block, at + 5);
    at += 5 + block.length;
    for (let i = 0; i < block.length; ) {
      // So few bytes that the sums stay below 2 ** 53.
      const end = Math.min(i + 4096, block.length);
      for (; i < end; i++) {
        a += block[i] as number;
        b += a;
      }
      a %= 65521;
      b %= 65521;
    }
  }
  view.setUint32(at, b * 65536 + a);
  return bytes;
}

/** Colours by an ICC profile, or by the code points of ITU-T H.273 for primaries and transfer. */
export type PngColours = { icc: Uint8Array } | { coded: readonly [number, number] };

/** A PNG of RGBA pixels in these colours, or in sRGB, to be turned by an EXIF orientation (1 to 8). */
export function encodePng(
  { width, height, data }: { width: number; height: number; data: Uint8Array | Uint8ClampedArray },
  colours?: PngColours,
  orientation = 1,
): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 6], 8);
  const rows = new Uint8Array(height * (1 + 4 * width));
  for (let y = 0; y < height; y++) rows.set(data.subarray(4 * width * y, 4 * width * (y + 1)), 1 + y * (1 + 4 * width));
  // A TIFF header and a directory of one entry: tag 274, orientation.
  const exif = Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0);
  return join([
    ...[PNG_SIGNATURE, chunk("IHDR", header), ...(colours ? [colourChunk(colours)] : [])],
    ...[chunk("eXIf", exif), chunk("IDAT", stored(rows)), chunk("IEND")],
  ]);
}

function colourChunk(colours: PngColours): Uint8Array {
  // The name of the profile is "x", compression method 0; code points are followed by the matrix (RGB) and the full range.
  if ("icc" in colours) return chunk("iCCP", Uint8Array.of(0x78, 0, 0), stored(colours.icc));
  return chunk("cICP", Uint8Array.of(...colours.coded, 0, 1));
}
