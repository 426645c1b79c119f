import { readFile, stat } from "node:fs/promises";
import sharp from "sharp";
import type { Photo } from "../index.ts";
import { CommandError } from "./errors.ts";

/** One image cannot be used; others may. */
export class PhotoError extends CommandError {}

/** Longest side in pixels, and most pixels, that are decoded: a larger photo gains nothing at the teacher's 224 pixels. */
export const MAX_SIDE = 16384;
export const MAX_PIXELS = 100_000_000;

const FORMATS = "JPEG, PNG, WebP, AVIF, GIF and TIFF";

/**
 * Reads the photo's header only, and throws a PhotoError for a file that cannot be explained: missing, empty, no image, too large.
 * Cheap enough to run on every argument before a browser is started.
 */
export async function checkPhoto(path: string): Promise<void> {
  const facts = await stat(path).catch(() => undefined);
  if (!facts) throw new PhotoError(`${path}: no such file`, "Check the path; it is relative to the folder of package.json.");
  if (!facts.isFile()) throw new PhotoError(`${path}: not a file`, "Name image files one by one, for example with a shell pattern.");
  if (facts.size === 0) throw new PhotoError(`${path}: the file is empty (0 bytes)`, "Copy or download the photo again.");
  const header = await sharp(path)
    .metadata()
    .catch((cause) => {
      throw new PhotoError(`${path}: not an image that can be read`, `Give a photo as ${FORMATS}.`, { cause });
    });
  const { width, height } = header;
  if (Math.max(width, height) > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new PhotoError(
      `${path}: ${width} x ${height} pixels is too large (at most ${MAX_SIDE} a side and ${MAX_PIXELS / 1e6} megapixels)`,
      "Scale the photo down first; the classifier sees 224 x 224 pixels of it.",
    );
  }
}

/**
 * Decodes a photo to RGBA8 in sRGB, with its EXIF rotation applied and what is transparent on white; of an animation, the first frame.
 * Throws a PhotoError.
 */
export async function readPhoto(path: string): Promise<Photo> {
  await checkPhoto(path);
  const bytes = await readFile(path);
  try {
    const { data, info } = await sharp(bytes, { limitInputPixels: MAX_PIXELS })
      .autoOrient()
      .toColourspace("srgb")
      .flatten({ background: "white" })
      .ensureAlpha()
      .raw({ depth: "uchar" })
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new PhotoError(`${path}: the image is damaged (${reason})`, "Copy or download the photo again, or save it anew.", { cause });
  }
}
