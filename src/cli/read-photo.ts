/** Reads the photos of a command: early, only to refuse what cannot be explained; later, their pixels. */
import { open, readFile, stat } from "node:fs/promises";
import sharp from "sharp";
import type { Photo } from "../faces/all.ts";
import { readAvif } from "../pictures/avif.ts";
import { damaged, PictureError, unsupported } from "../pictures/errors.ts";
import { HEAD_BYTES, type Kind, kindOf } from "../pictures/kind.ts";
import { checkBytes, checkSize, MAX_PIXELS } from "../pictures/limits.ts";
import { prepare } from "../pictures/prepare.ts";
import { checkTiff, isWhiteZero } from "../pictures/tiff.ts";
import { openAvifCodec } from "./avif.ts";
import { decode } from "./decode.ts";
import { CommandError } from "./errors.ts";
import { CHECK_PATH } from "./paths.ts";
import { isInStore } from "./s3/address.ts";
import { ObjectError } from "./s3/ask.ts";
import { readObject } from "./s3/photos.ts";
import { readStdin, STDIN } from "./stdin-photo.ts";

/** One image cannot be used; others may. */
export class PhotoError extends CommandError {}

/**
 * Reads the photo's header only, and throws a PhotoError for a file that cannot be explained: missing, empty, no image, too large.
 * Cheap enough to run on every argument before a browser is started; a photo in a store passes, since it is loaded as a whole or not at all.
 */
export async function checkPhoto(path: string): Promise<void> {
  if (!isInStore(path)) await naming(path, () => check(path));
}

async function check(path: string): Promise<Kind> {
  if (path === STDIN) return checkContent(await readStdin());
  const facts = await stat(path).catch(() => undefined);
  if (!facts) throw new PhotoError(`${path}: no such file`, CHECK_PATH);
  if (!facts.isFile()) throw new PhotoError(`${path}: not a file`, "Name image files one by one, for example with a shell pattern.");
  checkBytes(facts.size);
  const kind = kindOf(await readHead(path));
  if (kind === "TIFF") checkTiff(await readFile(path));
  const { width, height } = kind === "AVIF" ? readAvif(await readFile(path)) : await readHeader(path);
  checkSize(width, height);
  return kind;
}

async function checkContent(content: Uint8Array): Promise<Kind> {
  checkBytes(content.length);
  const kind = kindOf(content.subarray(0, HEAD_BYTES));
  if (kind === "TIFF") checkTiff(content);
  const { width, height } = kind === "AVIF" ? readAvif(content) : await readHeader(content);
  checkSize(width, height);
  return kind;
}

async function readHead(path: string): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function readHeader(photo: string | Uint8Array): Promise<{ width: number; height: number }> {
  return sharp(photo, { failOn: "none" })
    .metadata()
    .catch((cause) => {
      throw damaged("its header cannot be read", { cause });
    });
}

/** A photo's file as it is, from disk, standard input or a store. Throws what these do. */
export function readContent(path: string): Promise<Uint8Array> {
  if (path === STDIN) return readStdin();
  return isInStore(path) ? readObject(path) : readFile(path);
}

/**
 * Decodes a photo to RGBA8 in sRGB, with its EXIF rotation applied and what is transparent on white; of an animation, the first frame.
 * Throws a PhotoError.
 */
export async function readPhoto(path: string): Promise<Photo> {
  return naming(path, async () => {
    const checked = isInStore(path) ? undefined : await check(path);
    const original = new Uint8Array(await readContent(path));
    const kind = checked ?? (await checkContent(original));
    if (kind === "TIFF") await checkRange(original);
    if (kind === "AVIF") await openAvifCodec();
    return decode(await prepare(original, kind), kind, kind !== "TIFF" || checkTiff(original));
  });
}

/** Throws a PictureError for a TIFF that keeps fewer bits in 16 without saying so, as microscopes and sensors write them. */
async function checkRange(tiff: Uint8Array): Promise<void> {
  const image = sharp(tiff, { limitInputPixels: MAX_PIXELS });
  if ((await image.metadata()).depth !== "ushort") return;
  const { channels } = await image.stats();
  if (channels.length === 0) throw damaged("its pixels cannot be read");
  const colours = channels.slice(0, channels.length > 2 ? 3 : 1);
  // The reader turns values of which 0 is white.
  const most = isWhiteZero(tiff) ? 65535 - Math.min(...colours.map(({ min }) => min)) : Math.max(...colours.map(({ max }) => max));
  const bits = Math.ceil(Math.log2(most + 1));
  // A picture in all of 16 bits has something brighter than a quarter of white.
  if (bits === 0 || bits > 14) return;
  throw unsupported(`TIFF of ${bits}-bit values in 16 bits`, "Scale its values up to 65535, or save it with 8 bits.");
}

/** Lets errors about a picture name its file. */
async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const name = path === STDIN ? "standard input" : path;
    if (error instanceof ObjectError) throw new PhotoError(error.message, error.fix, { cause: error });
    if (error instanceof PictureError) throw new PhotoError(`${name}: ${error.message}`, error.fix, { cause: error });
    const { code, syscall } = error as NodeJS.ErrnoException;
    if (syscall !== undefined) throw new PhotoError(`${name}: cannot be read (${code})`, "Check its permissions.", { cause: error });
    throw error;
  }
}
