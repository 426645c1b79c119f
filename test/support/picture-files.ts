/** Small picture files made byte by byte, for what no library writes. */
import { crc32, deflateSync } from "node:zlib";

/** RGB samples of a scene with every hue, black, white and a ramp of greys. */
export function sceneRgb(width: number, height: number): Uint8Array {
  const samples = new Uint8Array(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x / (width - 1), y / (height - 1)];
      const grey = Math.round(255 * u);
      const hue = [0, 1, 2].map((c) => Math.round(255 * (0.5 + 0.5 * Math.cos(2 * Math.PI * (u + c / 3))) * (0.3 + 0.7 * v)));
      samples.set(v < 0.25 ? [grey, grey, grey] : hue, 3 * (y * width + x));
    }
  }
  return samples;
}

const latin1 = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

export function concat(...parts: readonly (Uint8Array | number[] | string)[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts.map((part) => (typeof part === "string" ? latin1(part) : Uint8Array.from(part)))));
}

function uint32(...values: number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  for (const [index, value] of values.entries()) view.setUint32(4 * index, value);
  return new Uint8Array(view.buffer);
}

/** A PNG chunk; `wrong` spoils its checksum. */
export function pngChunk(type: string, content: Uint8Array = new Uint8Array(), wrong = false): Uint8Array {
  const body = concat(type, content);
  return concat(uint32(content.length), body, uint32((crc32(body) ^ (wrong ? 1 : 0)) >>> 0));
}

export interface PngParts {
  width: number;
  height: number;
  depth: 1 | 2 | 4 | 8 | 16;
  /** 0: grey, 2: RGB, 3: palette, 4: grey and alpha, 6: RGBA. */
  type: number;
  /** Row by row, in the order of the file; of less than 8 bits, already packed. */
  samples: Uint8Array | Uint16Array;
  /** Before the pixels. */
  chunks?: readonly Uint8Array[];
  /** Behind them. */
  tail?: readonly Uint8Array[];
}

export const PNG_START = concat([0x89], "PNG\r\n", [0x1a], "\n");

export function makePng({
  width,
  height,
  depth,
  type,
  samples,
  chunks = [],
  tail = [pngChunk("IEND")],
}: PngParts): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(samples.buffer.slice(samples.byteOffset, samples.byteOffset + samples.byteLength));
  // PNG has the higher byte first.
  if (samples instanceof Uint16Array) Buffer.from(bytes.buffer).swap16();
  const row = bytes.length / height;
  const rows = Array.from({ length: height }, (_, y) => concat([0], bytes.subarray(y * row, (y + 1) * row)));
  const header = concat(uint32(width, height), [depth, type, 0, 0, 0]);
  return concat(PNG_START, pngChunk("IHDR", header), ...chunks, pngChunk("IDAT", deflateSync(concat(...rows))), ...tail);
}

export const gamaChunk = (gamma: number) => pngChunk("gAMA", uint32(Math.round(gamma * 100_000)));
export const iccChunk = (profile: Uint8Array) => pngChunk("iCCP", concat("x", [0, 0], deflateSync(profile)));

const fixed = (...values: number[]) => uint32(...values.map((value) => Math.round(value * 65536) >>> 0));

/** XYZ of sRGB's primaries, adapted to D50. */
export const SRGB_PRIMARIES = [
  [0.43607, 0.22249, 0.01392],
  [0.38515, 0.71687, 0.09708],
  [0.14307, 0.06061, 0.7141],
] as const;

/** A curve of sRGB's form as a parametric curve, or a table of 1,024 entries of a power. */
export const SRGB_TAG = concat("para", [0, 0, 0, 0, 0, 3, 0, 0], fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045));
export function tableTag(exponent: number): Uint8Array {
  const table = Array.from({ length: 1024 }, (_, index) => Math.round(65535 * (index / 1023) ** exponent));
  return concat(
    "curv",
    [0, 0, 0, 0],
    uint32(1024),
    table.flatMap((value) => [value >> 8, value & 255]),
  );
}

/** An ICC profile of a display with these primaries, or of greys without. */
export function makeProfile(curve: Uint8Array, primaries?: readonly (readonly number[])[]): Uint8Array {
  const tags: [string, Uint8Array][] = primaries
    ? primaries.flatMap((xyz, index): [string, Uint8Array][] => [
        [`${"rgb"[index]}XYZ`, concat("XYZ ", [0, 0, 0, 0], fixed(...xyz))],
        [`${"rgb"[index]}TRC`, curve],
      ])
    : [["kTRC", curve]];
  tags.push(["wtpt", concat("XYZ ", [0, 0, 0, 0], fixed(0.9642, 1, 0.8249))]);
  let end = 132 + 12 * tags.length;
  const directory = tags.map(([name, data]) => {
    end += data.length;
    return concat(name, uint32(end - data.length, data.length));
  });
  const head = concat("test", uint32(0x02400000), "mntr", primaries ? "RGB " : "GRAY", "XYZ ", new Uint8Array(12), "acsp");
  const header = concat(uint32(end), head, new Uint8Array(28), fixed(0.9642, 1, 0.8249), new Uint8Array(48));
  return concat(header, uint32(tags.length), ...directory, ...tags.map(([, data]) => data));
}

/** A little-endian TIFF of one strip; `tags` of whole numbers in 16 bits come on top of, or in place of, its own. */
export function makeTiff(
  width: number,
  height: number,
  samples: Uint8Array,
  tags: Readonly<Record<number, readonly number[]>>,
): Uint8Array<ArrayBuffer> {
  const all = new Map(
    Object.entries({
      256: [width],
      257: [height],
      258: [8],
      259: [1],
      262: [1],
      273: [8],
      277: [1],
      278: [height],
      279: [samples.length],
      ...tags,
    }).map(([tag, values]) => [Number(tag), values] as const),
  );
  const pixels = concat(samples, samples.length % 2 ? [0] : []);
  const start = 8 + pixels.length;
  const outside: number[] = [];
  const short = (value: number) => [value & 255, value >> 8];
  const long = (value: number) => [...short(value & 0xffff), ...short(value >>> 16)];
  const entries = [...all]
    .sort(([a], [b]) => a - b)
    .map(([tag, values]) => {
      // Type 4, 32 bits, where a value is large; else type 3.
      const wide = values.some((value) => value > 65535);
      const content = values.flatMap((value) => (wide ? long(value) : short(value)));
      const at = start + 2 + 12 * all.size + 4 + outside.length;
      if (content.length > 4) outside.push(...content);
      return [
        ...short(tag),
        ...short(wide ? 4 : 3),
        ...long(values.length),
        ...(content.length > 4 ? long(at) : [...content, 0, 0, 0, 0].slice(0, 4)),
      ];
    });
  return concat("II*\0", long(start), pixels, short(all.size), entries.flat(), long(0), outside);
}

export interface GifFrame {
  left: number;
  top: number;
  width: number;
  height: number;
  /** Indices below 4. */
  indices: readonly number[];
  transparent?: number;
  interlaced?: boolean;
}

/** A GIF in four colours. Its compression is none: a code for every value, and the table is cleared before codes grow. */
export function makeGif(
  width: number,
  height: number,
  palette: readonly number[],
  ...frames: readonly GifFrame[]
): Uint8Array<ArrayBuffer> {
  const short = (value: number) => [value & 255, value >> 8];
  return concat(
    "GIF89a",
    [...short(width), ...short(height), 0x81, 0, 0],
    [...palette],
    ...frames.map(({ left, top, width, height, indices, transparent, interlaced }) => {
      const codes = indices.flatMap((index, at) => (at % 2 ? [index] : [4, index]));
      const bits = [...codes, 5].map((code) => code.toString(2).padStart(3, "0"));
      const stream = bits.map((code) => [...code].reverse().join("")).join("");
      const bytes = Array.from({ length: Math.ceil(stream.length / 8) }, (_, at) =>
        Number.parseInt([...stream.slice(8 * at, 8 * at + 8).padEnd(8, "0")].reverse().join(""), 2),
      );
      const blocks = Array.from({ length: Math.ceil(bytes.length / 255) }, (_, at) => bytes.slice(255 * at, 255 * at + 255));
      return concat(
        transparent === undefined ? [] : [0x21, 0xf9, 4, 1, 10, 0, transparent, 0],
        [0x2c, ...short(left), ...short(top), ...short(width), ...short(height), interlaced ? 0x40 : 0, 2],
        ...blocks.map((block) => [block.length, ...block]),
        [0],
      );
    }),
    [0x3b],
  );
}
