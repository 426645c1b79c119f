/** Reads the tags of a TIFF (6.0, or BigTIFF), and of EXIF data, which has the same form. */
import { cutShort, unsupported } from "./errors.ts";

/** By the number of the tag: its values, where they are whole numbers. */
type Tags = ReadonlyMap<number, readonly number[]>;

const FIELD_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };

/** Enough values of a tag for any photo. */
const MAX_VALUES = 16;

/** The tags of the first directory. Throws a RangeError where a part of it is missing. */
function readTags(bytes: Uint8Array): Tags {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes[0] === 0x49;
  const big = view.getUint16(2, little) === 43;
  const long = (at: number) => (big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little));
  const read = (at: number, size: number) =>
    size === 8
      ? Number(view.getBigUint64(at, little))
      : size === 4
        ? view.getUint32(at, little)
        : size === 2
          ? view.getUint16(at, little)
          : view.getUint8(at);
  const directory = long(big ? 8 : 4);
  const [head, entry, room] = big ? [8, 20, 8] : [2, 12, 4];
  const entries = big ? long(directory) : view.getUint16(directory, little);
  const tags = new Map<number, number[]>();
  for (let index = 0; index < Math.min(entries, 4096); index++) {
    const at = directory + head + index * entry;
    const size = FIELD_BYTES[view.getUint16(at + 2, little)];
    if (size === undefined) continue;
    const count = long(at + 4);
    const inside = at + 4 + room;
    const start = count * size <= room ? inside : long(inside);
    tags.set(
      view.getUint16(at, little),
      Array.from({ length: Math.min(count, MAX_VALUES) }, (_, k) => read(start + k * size, size)),
    );
  }
  return tags;
}

/** The EXIF orientation, 1 to 8; 1 where there is none or the data is broken. */
export function exifOrientation(exif: Uint8Array): number {
  try {
    const [value = 1] = readTags(exif).get(274) ?? [];
    return value >= 1 && value <= 8 ? value : 1;
  } catch (error) {
    if (error instanceof RangeError) return 1;
    throw error;
  }
}

const SAVE = "Save it with 8 or 16 bits a channel in RGB or grey.";

/** Photometric interpretations that are read: grey, RGB, palette, CMYK and YCbCr. */
const READ = new Set([0, 1, 2, 3, 5, 6]);
const NAMES: Readonly<Record<number, string>> = { 4: "masks", 8: "CIELAB", 9: "ICCLAB", 10: "ITULAB", 32844: "LogL", 32845: "LogLuv" };

/** Whether 0 stands for white. Throws a RangeError where the file ends before it says so. */
export function isWhiteZero(bytes: Uint8Array): boolean {
  return readTags(bytes).get(262)?.[0] === 0;
}

/**
 * Whether the channel behind a TIFF's colours is alpha. Throws a PictureError, with the name of the kind, where it leaves open which values
 * are black and white, or is a camera's raw file.
 */
export function checkTiff(bytes: Uint8Array): boolean {
  let tags: Tags;
  try {
    tags = readTags(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw cutShort();
    throw error;
  }
  const [interpretation = 1] = tags.get(262) ?? [];
  const [subfile = 0] = tags.get(254) ?? [];
  const bits = tags.get(258) ?? [1];
  const formats = tags.get(339) ?? [1];
  if (tags.has(50706) || interpretation === 32803 || interpretation === 34892 || (subfile & 1 && tags.has(330)))
    throw unsupported("a camera's raw format", "Export the photo as JPEG or PNG.");
  if (!READ.has(interpretation)) throw unsupported(`TIFF in ${NAMES[interpretation] ?? `colour space ${interpretation}`}`, SAVE);
  // Outside JPEG compression, libtiff's readers take luminance and chrominance for RGB.
  if (interpretation === 6 && tags.get(259)?.[0] !== 7) throw unsupported("TIFF in YCbCr without JPEG compression", SAVE);
  if (formats.some((format) => format !== 1 && format !== 4)) {
    const kind = formats.includes(3) ? "floating-point numbers" : formats.includes(2) ? "signed numbers" : "complex numbers";
    throw unsupported(`TIFF of ${bits[0]}-bit ${kind}`, SAVE);
  }
  const odd = bits.find((count) => ![1, 2, 4, 8, 16].includes(count) || count !== bits[0]);
  if (odd !== undefined) throw unsupported(`TIFF with ${odd} bits a channel`, SAVE);
  const [extra = 0] = tags.get(338) ?? [];
  return extra === 1 || extra === 2;
}
