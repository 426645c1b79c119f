/** Decodes photos in Node to the pixels that a browser would show. */
import sharp from "sharp";
import type { Photo } from "../faces/all.ts";
import { convertToSrgb, profileColours, profileSpace } from "../pictures/colours.ts";
import { damaged } from "../pictures/errors.ts";
import type { Kind } from "../pictures/kind.ts";
import { MAX_PIXELS } from "../pictures/limits.ts";
import type { Prepared } from "../pictures/prepare.ts";

/** What sharp calls a format that it has taken a file for; AVIF and GIF have been made a PNG. */
const FORMAT: Readonly<Record<Kind, string>> = { JPEG: "jpeg", PNG: "png", WebP: "webp", AVIF: "png", GIF: "png", TIFF: "tiff" };

/** By sharp's name of a colour space, the one that ICC profiles for it have. Profiles of inks are ignored, as by browsers. */
const PROFILES: Readonly<Record<string, string>> = { "b-w": "GRAY", grey16: "GRAY", srgb: "RGB ", rgb16: "RGB " };

/**
 * Decodes to RGBA8 in sRGB, upright, on white; of an animation, the first frame. `alpha`: whether a channel behind the colours is alpha.
 * Throws a PictureError where the file is damaged.
 */
export async function decode(photo: Prepared, kind: Kind, alpha: boolean): Promise<Photo> {
  try {
    return await decodeSamples(photo, kind, alpha);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split("\n")[0] as string) : String(cause);
    throw damaged(reason, { cause });
  }
}

async function decodeSamples({ bytes, colours: stated }: Prepared, kind: Kind, alpha: boolean): Promise<Photo> {
  // What matters of a JPEG's damage was found before; libtiff warns of tags that it does not know.
  const failOn = kind === "JPEG" ? "none" : kind === "TIFF" ? "error" : "warning";
  const options = { limitInputPixels: MAX_PIXELS, failOn, ignoreIcc: true } as const;
  const { format, space, depth, icc } = await sharp(bytes, options).metadata();
  if (format !== FORMAT[kind]) throw new Error(`it is ${format} behind its first bytes`);
  const own = icc && profileSpace(icc) === PROFILES[space] ? profileColours(icc) : undefined;
  const colours = FORMAT[kind] === "png" ? stated : own;
  const inks = space === "cmyk";
  let image = sharp(bytes, options).autoOrient();
  // Profiles with tables are for sharp; by others it would convert 16 bits, and grey, too coarsely.
  if (colours === "table") image = image.pipelineColourspace(space).toColourspace(space).withIccProfile("srgb");
  else image = inks ? image.pipelineColourspace(space).toColourspace(space) : image.toColourspace("srgb");
  const deep = depth === "ushort" && (inks || colours === "table");
  const { data, info } = await image.raw({ depth: deep ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
  const samples = deep ? Uint8Array.from(new Uint16Array(data.buffer, data.byteOffset, data.length / 2), (value) => value >> 8) : data;
  if (colours && colours !== "table") convertToSrgb(samples, info.channels, colours);
  return { width: info.width, height: info.height, data: flatten(samples, info.channels, inks, alpha) };
}

/** RGBA on white, from samples of RGB, or CMYK where they are `inks`, and what other channels there are; alpha is the first of these. */
function flatten(samples: Uint8Array, channels: number, inks: boolean, alpha: boolean): Uint8Array {
  const pixels = samples.length / channels;
  const data = new Uint8Array(4 * pixels).fill(255);
  const colours = inks ? 4 : 3;
  const transparent = alpha && channels > colours;
  for (let i = 0; i < pixels; i++) {
    const from = i * channels;
    const opacity = transparent ? (samples[from + colours] as number) : 255;
    for (let c = 0; c < 3; c++) {
      let value = samples[from + c] as number;
      // As browsers and Pillow show inks without a profile.
      if (inks) value = ((255 - value) * (255 - (samples[from + 3] as number))) / 255;
      data[4 * i + c] = Math.round((value * opacity) / 255 + 255 - opacity);
    }
  }
  return data;
}
