/**
 * Decodes the first frame of a GIF (87a or 89a). Decoders do not agree about what a frame leaves uncovered, nor about frames that lack
 * pixels.
 */
import { cutShort, damaged } from "./errors.ts";
import { checkSize } from "./limits.ts";

export interface Pixels {
  width: number;
  height: number;
  /** RGBA. */
  data: Uint8Array | Uint8ClampedArray;
}

interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
  interlaced: boolean;
  /** RGB. */
  palette: Uint8Array;
  transparent: number | undefined;
  /** Where its compressed data begins. */
  start: number;
}

/** The first frame on its canvas; what it does not cover is transparent. Throws a PictureError where a part of it is missing. */
export function decodeGif(bytes: Uint8Array): Pixels {
  const frame = findFrame(bytes);
  const { left, top, palette, transparent } = frame;
  // As browsers do: the frame's own size counts where the screen's is too small for it.
  const width = Math.max(uint16(bytes, 6), left + frame.width);
  const height = Math.max(uint16(bytes, 8), top + frame.height);
  checkSize(width, height);
  const indices = decompress(bytes, frame.start, frame.width * frame.height);
  const data = new Uint8Array(4 * width * height);
  const rows = rowOrder(frame);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if (index === transparent || 3 * index >= palette.length) continue;
    const row = rows[Math.floor(i / frame.width)] as number;
    const at = 4 * ((top + row) * width + left + (i % frame.width));
    for (let c = 0; c < 3; c++) data[at + c] = palette[3 * index + c] as number;
    data[at + 3] = 255;
  }
  return { width, height, data };
}

function uint16(bytes: Uint8Array, at: number): number {
  return byte(bytes, at) | (byte(bytes, at + 1) << 8);
}

function byte(bytes: Uint8Array, at: number): number {
  const value = bytes[at];
  if (value === undefined) throw cutShort();
  return value;
}

/** Bytes of the colour table that flags announce. */
const tableSize = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);

function findFrame(bytes: Uint8Array): Frame {
  const size = tableSize(byte(bytes, 10));
  let palette = bytes.subarray(13, 13 + size);
  let transparent: number | undefined;
  for (let at = 13 + size; ; ) {
    const kind = byte(bytes, at);
    if (kind === 0x21) {
      // A graphic control extension: flags, delay, transparent colour.
      if (byte(bytes, at + 1) === 0xf9) transparent = byte(bytes, at + 3) & 1 ? byte(bytes, at + 6) : undefined;
      at += 2;
      while (byte(bytes, at) > 0) at += 1 + byte(bytes, at);
      at++;
    } else if (kind === 0x2c) {
      const [left, top, width, height] = [1, 3, 5, 7].map((offset) => uint16(bytes, at + offset)) as [number, number, number, number];
      const flags = byte(bytes, at + 9);
      const own = tableSize(flags);
      if (own > 0) palette = bytes.subarray(at + 10, at + 10 + own);
      if (palette.length === 0) throw damaged("it has no colours");
      return { left, top, width, height, interlaced: (flags & 0x40) !== 0, palette, transparent, start: at + 10 + own };
    } else throw damaged("it has no picture");
  }
}

/** The row of the frame that each row of the data is. */
function rowOrder({ height, interlaced }: Frame): number[] {
  const order: number[] = [];
  const passes = interlaced ? [[0, 8] as const, [4, 8] as const, [2, 4] as const, [1, 2] as const] : [[0, 1] as const];
  for (const [first, step] of passes) for (let row = first; row < height; row += step) order.push(row);
  return order;
}

const MAX_CODES = 4096;

/** Undoes GIF's variant of LZW until there are `count` values. */
function decompress(bytes: Uint8Array, start: number, count: number): Uint8Array {
  const literalBits = byte(bytes, start);
  if (literalBits < 1 || literalBits > 8) throw damaged("its compression is broken");
  const values = new Uint8Array(count);
  const clear = 1 << literalBits;
  /** Of each code: the code of all its values but the last, the last, and how many there are. */
  const [prefix, suffix, length] = [new Uint16Array(MAX_CODES), new Uint8Array(MAX_CODES), new Uint16Array(MAX_CODES)];
  for (let code = 0; code < clear; code++) [suffix[code], length[code]] = [code, 1];
  let next = clear + 2;
  let bits = literalBits + 1;
  let previous = -1;
  let done = 0;
  const reader = new BlockReader(bytes, start + 1);
  while (done < count) {
    const code = reader.read(bits);
    if (code === clear) {
      [next, bits, previous] = [clear + 2, literalBits + 1, -1];
      continue;
    }
    if (code === clear + 1) throw cutShort();
    if (code > next || (code === next && previous < 0)) throw damaged("its compression is broken");
    // A code that is not defined yet is the previous one, followed by its own first value.
    const known = code < next ? code : previous;
    const size = (length[known] as number) + (code === next ? 1 : 0);
    let first = known;
    for (let at = done + (length[known] as number) - 1; at >= done; at--) {
      if (at < count) values[at] = suffix[first] as number;
      if (at > done) first = prefix[first] as number;
    }
    const value = suffix[first] as number;
    if (code === next && done + size <= count) values[done + size - 1] = value;
    if (previous >= 0 && next < MAX_CODES) {
      [prefix[next], suffix[next], length[next]] = [previous, value, (length[previous] as number) + 1];
      next++;
      if (next === 1 << bits && bits < 12) bits++;
    }
    previous = code;
    done += size;
  }
  return values;
}

/** Reads codes from data in blocks of up to 255 bytes, the lowest bits first. */
class BlockReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #left = 0;
  #buffer = 0;
  #held = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  read(bits: number): number {
    while (this.#held < bits) {
      if (this.#left === 0) {
        this.#left = byte(this.#bytes, this.#at++);
        if (this.#left === 0) throw cutShort();
      }
      this.#buffer |= byte(this.#bytes, this.#at++) << this.#held;
      this.#held += 8;
      this.#left--;
    }
    const code = this.#buffer & ((1 << bits) - 1);
    this.#buffer >>>= bits;
    this.#held -= bits;
    return code;
  }
}
