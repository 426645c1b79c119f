/** Tells what a file is before anything decodes it, so that no decoder meets a format that it should not. */
import { damaged, PictureError, unsupported } from "./errors.ts";

/** The formats that photos may have. The page has TIFF refused, see `prepare`. */
export type Kind = "JPEG" | "PNG" | "WebP" | "AVIF" | "GIF" | "TIFF";

/** So many of a file's first bytes tell its kind. */
export const HEAD_BYTES = 4096;

const CONVERT = "Save or export it as JPEG or PNG.";

/** Formats that people try, by the bytes that files of them have at a place. */
const OTHERS: readonly (readonly [name: string, at: number, bytes: string, fix?: string])[] = [
  ["PDF", 0, "%PDF", "Export the page as PNG."],
  ["PSD (Photoshop)", 0, "8BPS"],
  ["JPEG XL", 0, "\xff\x0a"],
  ["JPEG XL", 4, "JXL \r\n\x87\n"],
  ["JPEG 2000", 4, "jP  \r\n\x87\n"],
  ["JPEG 2000", 0, "\xff\x4f\xff\x51"],
  ["BMP", 0, "BM"],
  ["ICO", 0, "\0\0\x01\0"],
  ["CUR", 0, "\0\0\x02\0"],
  ["OpenEXR", 0, "v/1\x01"],
  ["Radiance HDR", 0, "#?"],
  ["DICOM", 128, "DICM"],
  ["XCF (GIMP)", 0, "gimp xcf"],
  ["a camera's raw format", 0, "FUJIFILMCCD-RAW"],
  ["a camera's raw format", 0, "IIRO"],
  ["a camera's raw format", 0, "IIRS"],
  ["a camera's raw format", 0, "MMOR"],
  ["a camera's raw format", 0, "IIU\0"],
  ["a camera's raw format", 0, "FOVb"],
  ["a camera's raw format", 6, "HEAPCCDR"],
  ["a camera's raw format", 8, "CR\x02"],
  ["video (Matroska, WebM)", 0, "\x1a\x45\xdf\xa3", "Save one of its frames as PNG."],
  ["video (AVI)", 8, "AVI ", "Save one of its frames as PNG."],
  ["a ZIP archive", 0, "PK\x03\x04", "Unpack it first."],
  ["SVG or another compressed file (gzip)", 0, "\x1f\x8b", "Unpack it, and export a drawing as PNG."],
  ["a Git LFS pointer", 0, "version https://git-lfs", "Run `git lfs pull` to get the file that it stands for."],
];

/** What files in the ISO base media format are, by their brands: the first that fits. */
const BRANDS: readonly (readonly [brands: RegExp, name: string, fix: string])[] = [
  [/hei[cxms]|hev[cxms]|mif1|msf1/, "HEIC", "Export it as JPEG."],
  [/crx /, "a camera's raw format", CONVERT],
  [/^/, "video (MP4, MOV)", "Save one of its frames as PNG."],
];

/** Tells a photo's format by the file's first bytes, whatever its name. Throws a PictureError that names any other kind of file. */
export function kindOf(head: Uint8Array): Kind {
  const has = (at: number, bytes: string) => latin1(head.subarray(at, at + bytes.length)) === bytes;
  for (const [name, at, bytes, fix = CONVERT] of OTHERS) if (has(at, bytes)) throw unsupported(name, fix);
  if (has(0, "\xff\xd8\xff")) return "JPEG";
  if (has(0, "\x89PNG\r\n\x1a\n")) return "PNG";
  if (has(0, "RIFF") && has(8, "WEBP")) return "WebP";
  if (has(0, "GIF87a") || has(0, "GIF89a")) return "GIF";
  if (has(0, "II*\0") || has(0, "MM\0*") || has(0, "II+\0") || has(0, "MM\0+")) return "TIFF";
  if (has(4, "ftyp")) return mediaKind(head);
  if (head.length > 0 && head.every((byte) => byte === 0)) throw damaged("it holds nothing but zeros");
  throw (
    text(head) ??
    new PictureError("not an image that can be read", "Give a photo as JPEG, PNG, WebP, AVIF or GIF, or TIFF on the command line.")
  );
}

function mediaKind(head: Uint8Array): Kind {
  const size = new DataView(head.buffer, head.byteOffset).getUint32(0);
  // The major brand, its version, then all that the file also follows.
  const [major, , ...others] = latin1(head.subarray(8, size)).match(/.{4}/gs) ?? [];
  const brands = [major, ...others].join();
  if (/avi[fs]/.test(brands)) return "AVIF";
  const [, name, fix] = BRANDS.find(([pattern]) => pattern.test(brands)) as (typeof BRANDS)[0];
  throw unsupported(name, fix);
}

/** The error for markup, SVG drawings included: one of 500 bytes can take minutes and gigabytes. */
function text(head: Uint8Array): PictureError | undefined {
  const [first, second] = head;
  const encoding = first === 0xff || second === 0 ? "utf-16le" : first === 0xfe || first === 0 ? "utf-16be" : "utf-8";
  const content = new TextDecoder(encoding).decode(head).trimStart();
  if (!content.startsWith("<")) return undefined;
  if (/<svg[\s>]|<\w+:svg[\s>]|<!doctype svg/i.test(content)) return unsupported("SVG", "Export the drawing as PNG.");
  if (/<!doctype html|<html[\s>]/i.test(content)) return new PictureError("this is a web page, not an image", "Save the image itself.");
  return unsupported("SVG or another text in XML", "Export a drawing as PNG.");
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}
