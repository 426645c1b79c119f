/** The boxes of an AVIF (ISO/IEC 14496-12 and 23008-12) that say how its pixels are to be shown; the codec's library reads no others. */
import { refuseHdr } from "./colours.ts";
import { cutShort } from "./errors.ts";
import type { PngColours } from "./png-encode.ts";

export interface AvifFacts {
  /** As it is shown: turned. */
  width: number;
  height: number;
  /** undefined: sRGB. */
  colours: PngColours | undefined;
  /** The turn and reflection as an EXIF orientation, 1 to 8. */
  orientation: number;
}

interface Box {
  type: string;
  content: Uint8Array;
}

/** EXIF orientations by quarter turns anticlockwise, without a reflection, reflected upside down, and left to right. */
const ORIENTATIONS = [
  [1, 8, 3, 6],
  [4, 5, 2, 7],
  [2, 7, 4, 5],
] as const;

/** Throws a PictureError where the boxes are incomplete, and for HDR. */
export function readAvif(bytes: Uint8Array): AvifFacts {
  try {
    return describe(primaryProperties(bytes));
  } catch (error) {
    if (error instanceof RangeError) throw cutShort();
    throw error;
  }
}

function describe(properties: readonly Box[]): AvifFacts {
  const find = (type: string) => properties.find((box) => box.type === type)?.content;
  const [extent, rotation, reflection] = [find("ispe"), find("irot"), find("imir")];
  if (!extent) throw cutShort();
  const [width, height] = [viewOf(extent).getUint32(4), viewOf(extent).getUint32(8)];
  const turns = (rotation?.[0] ?? 0) & 3;
  const axis = reflection ? 1 + ((reflection[0] ?? 0) & 1) : 0;
  return {
    ...(turns % 2 ? { width: height, height: width } : { width, height }),
    colours: coloursOf(properties.filter(({ type }) => type === "colr").map(({ content }) => content)),
    orientation: ORIENTATIONS[axis]?.[turns] ?? 1,
  };
}

/** The ICC profile of colr boxes, which comes before what they state by numbers. */
function coloursOf(boxes: readonly Uint8Array[]): PngColours | undefined {
  const kinds = new Map(boxes.map((content) => [latin1(content.subarray(0, 4)), content.subarray(4)]));
  const icc = kinds.get("prof") ?? kinds.get("rICC");
  const coded = kinds.get("nclx");
  if (icc) return { icc };
  if (!coded) return undefined;
  const [primaries, transfer] = [viewOf(coded).getUint16(0), viewOf(coded).getUint16(2)];
  refuseHdr(transfer);
  return { coded: [primaries, transfer] };
}

/** The properties of the file's main picture, in the order in which they apply. */
function primaryProperties(bytes: Uint8Array): Box[] {
  const meta = find(boxes(bytes), "meta").subarray(4);
  const parts = boxes(meta);
  const pitm = find(parts, "pitm");
  const primary = pitm[0] === 0 ? viewOf(pitm).getUint16(4) : viewOf(pitm).getUint32(4);
  const inside = boxes(find(parts, "iprp"));
  const properties = boxes(find(inside, "ipco"));
  return inside
    .filter(({ type }) => type === "ipma")
    .flatMap(({ content }) => associated(content, primary))
    .flatMap((index) => properties[index - 1] ?? []);
}

/** Numbers of the properties, from 1 on, that belong to an item. */
function associated(ipma: Uint8Array, item: number): number[] {
  const view = viewOf(ipma);
  const [wideItem, wideIndex] = [view.getUint8(0) > 0, (view.getUint8(3) & 1) === 1];
  let at = 8;
  for (let entries = view.getUint32(4); entries > 0; entries--) {
    const id = wideItem ? view.getUint32(at) : view.getUint16(at);
    at += wideItem ? 4 : 2;
    const count = view.getUint8(at++);
    const size = wideIndex ? 2 : 1;
    // The highest bit says whether a reader must understand the property.
    if (id === item)
      return Array.from({ length: count }, (_, k) => (wideIndex ? view.getUint16(at + 2 * k) & 0x7fff : view.getUint8(at + k) & 0x7f));
    at += count * size;
  }
  return [];
}

function boxes(bytes: Uint8Array): Box[] {
  const found: Box[] = [];
  const view = viewOf(bytes);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const short = view.getUint32(at);
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? bytes.length - at : short;
    const head = short === 1 ? 16 : 8;
    if (size < head) throw cutShort();
    found.push({ type: latin1(bytes.subarray(at + 4, at + 8)), content: bytes.subarray(at + head, at + size) });
    at += size;
  }
  return found;
}

function find(among: readonly Box[], type: string): Uint8Array {
  const box = among.find((candidate) => candidate.type === type);
  if (!box) throw cutShort();
  return box.content;
}

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);
