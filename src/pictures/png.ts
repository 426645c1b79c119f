/** Repairs PNG files, and finds out their colours, before a decoder sees them. */
import { type Chromaticities, type Colours, codedColours, gammaColours, profileColours, profileSpace, refuseHdr } from "./colours.ts";
import { cutShort, damaged, unsupported } from "./errors.ts";
import { join } from "./join.ts";
import { checkSize } from "./limits.ts";
import { chunk, crc32, PNG_SIGNATURE } from "./png-chunks.ts";

export interface CleanPng {
  bytes: Uint8Array<ArrayBuffer>;
  /** How its samples become sRGB, as its chunks also say; undefined if they are sRGB. A "table" is for decoders to read. */
  colours?: Colours | "table" | undefined;
  /** Whether it has an alpha channel, or a transparent colour. */
  transparent?: boolean;
}

/** Chunks that a picture cannot do without, and the orientation. All others are dropped: an animation's frames, texts, what nobody knows. */
const KEPT = new Set(["IHDR", "PLTE", "tRNS", "eXIf"]);
const COLOUR = new Set(["cICP", "iCCP", "sRGB", "gAMA", "cHRM"]);

/**
 * The PNG in the form that all decoders read alike: with at most one statement about colours, only the default image of an animation, and an
 * end. Chunks that do not matter may have a wrong checksum, and what comes behind the image data may be missing. Throws a PictureError
 * where a part of the picture is missing.
 */
export async function cleanPng(bytes: Uint8Array): Promise<CleanPng> {
  const kept = new Map<string, Uint8Array>();
  const colour = new Map<string, Chunk>();
  const pixels: Uint8Array[] = [];
  for (const part of chunks(bytes)) {
    const { type } = part;
    if (!part.complete) {
      if (pixels.length === 0 || type === "IDAT") throw cutShort();
      break;
    }
    if (type === "IEND") break;
    const critical = /^[A-Z]/.test(type);
    if (critical && type !== "IDAT" && !KEPT.has(type)) {
      if (!/^[A-Za-z]{4}$/.test(type)) throw damaged("a part of it has a name that is not of four letters");
      throw unsupported(`a PNG with a part called "${type}"`, "Save it as an ordinary PNG.");
    }
    if (!part.intact) {
      if (critical) throw damaged(`the checksum of its part ${type} is wrong`);
    } else if (type === "IDAT") pixels.push(part.bytes);
    // Only the first counts, and none behind the pixels but the orientation.
    else if (type === "eXIf" || pixels.length === 0) {
      if (KEPT.has(type) && !kept.has(type)) kept.set(type, part.bytes);
      if (COLOUR.has(type) && !colour.has(type)) colour.set(type, part);
    }
  }
  const [header, ...others] = kept.values();
  if (!header || !kept.has("IHDR") || pixels.length === 0) throw cutShort();
  if (header.length !== 25) throw damaged("its header has a wrong length");
  const view = new DataView(header.buffer, header.byteOffset);
  checkSize(view.getUint32(8), view.getUint32(12));
  const grey = ((header[17] as number) & 3) === 0;
  const { colours, stated } = await coloursOf(colour, grey);
  const transparent = ((header[17] as number) & 4) !== 0 || kept.has("tRNS");
  return { bytes: join([PNG_SIGNATURE, header, ...stated, ...others, ...pixels, chunk("IEND")]), colours, transparent };
}

interface Chunk {
  type: string;
  content: Uint8Array;
  /** With length and checksum. */
  bytes: Uint8Array;
  /** Whether all of its content is there. */
  complete: boolean;
  /** Whether its checksum is right. */
  intact: boolean;
}

function* chunks(bytes: Uint8Array): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = PNG_SIGNATURE.length; at < bytes.length; ) {
    const size = at + 8 <= bytes.length ? view.getUint32(at) : Number.POSITIVE_INFINITY;
    const end = at + 8 + size;
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const complete = end + 4 <= bytes.length;
    const intact = complete && crc32(bytes.subarray(at + 4, end)) === view.getUint32(end);
    yield { type, content: bytes.subarray(at + 8, end), bytes: bytes.subarray(at, end + 4), complete: complete || type === "IEND", intact };
    at = end + 4;
  }
}

/** What a PNG's chunks say of its colours, as browsers read them, and the chunks that say it: the highest in rank (PNG, third edition, 4.3). */
async function coloursOf(
  chunks: ReadonlyMap<string, Chunk>,
  grey: boolean,
): Promise<{ colours: CleanPng["colours"]; stated: Uint8Array[] }> {
  const keep = (...types: string[]) => types.flatMap((type) => chunks.get(type)?.bytes ?? []);
  const [coded, icc, gamma, chromaticities] = ["cICP", "iCCP", "gAMA", "cHRM"].map((type) => chunks.get(type)?.content);
  if (coded?.length === 4) {
    const [primaries, transfer] = coded as unknown as [number, number];
    refuseHdr(transfer);
    const colours = codedColours(primaries, transfer, grey);
    return { colours, stated: colours ? keep("cICP") : [] };
  }
  if (icc) {
    const profile = await readProfile(icc);
    const fits = profile && profileSpace(profile) === (grey ? "GRAY" : "RGB ");
    const colours = fits ? profileColours(profile) : undefined;
    return { colours, stated: colours ? keep("iCCP") : [] };
  }
  const exponent = chunks.has("sRGB") || gamma?.length !== 4 ? 0 : readFixed(gamma, 0);
  // Near 1/2.2 and without primaries, sRGB is meant.
  if (exponent === 0 || (!chromaticities && Math.abs(exponent * 2.2 - 1) < 0.05)) return { colours: undefined, stated: [] };
  const points = chromaticities?.length === 32 ? readPoints(chromaticities) : undefined;
  return { colours: gammaColours(1 / exponent, points, grey), stated: keep("gAMA", "cHRM") };
}

/** In bytes; printers' profiles have some megabytes. */
const MAX_PROFILE = 32e6;

/** The profile of an iCCP chunk; undefined where it is broken, or larger than any. */
async function readProfile(content: Uint8Array): Promise<Uint8Array | undefined> {
  // Its name ends with a zero, and the number of the compression method follows.
  const compressed = content.slice(content.indexOf(0) + 2);
  const reader = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const parts: Uint8Array[] = [];
  try {
    for (let size = 0; size <= MAX_PROFILE; ) {
      const { done, value } = await reader.read();
      if (done) return join(parts);
      parts.push(value);
      size += value.length;
    }
  } catch {
    return undefined;
  }
  await reader.cancel();
  return undefined;
}

/** PNG's whole numbers are 100,000 times what they stand for. */
function readFixed(content: Uint8Array, index: number): number {
  return new DataView(content.buffer, content.byteOffset).getUint32(4 * index) / 100_000;
}

function readPoints(content: Uint8Array): Chromaticities {
  const [a, b, c, d, e, f, g, h] = Array.from({ length: 8 }, (_, index) => readFixed(content, index)) as [
    ...[number, number, number, number],
    ...[number, number, number, number],
  ];
  return [
    [a, b],
    [c, d],
    [e, f],
    [g, h],
  ];
}
