/** Reads protocol buffers' wire format from a file piece by piece; the bytes of weights are located, never loaded. */
import type { ByteSource } from "../nets/weights/byte-source.ts";
import { FormatError } from "../nets/weights/format-error.ts";

/** Bytes of a file, `end` excluded. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A field of a message: a number (varint, 4 or 8 bytes), or the place of its bytes. */
export interface Field extends Range {
  readonly number: number;
  readonly wire: number;
  /** Of a varint; negative numbers are as 64-bit integers have them. */
  readonly integer: bigint;
}

/** Twice the nodes, tensors and values of the largest classifiers: each takes memory many times its bytes. */
const MOST_FIELDS = 1 << 13;

const VARINT = 0;
const BITS64 = 1;
export const BYTES = 2;
const BITS32 = 5;

/** What is read at once; a header of a field is at most 20 bytes. */
const WINDOW = 1 << 18;
const HEADER = 20;

/** Texts longer than this are names of nothing. */
const LONGEST_TEXT = 1 << 20;

const decoder = new TextDecoder();

/** A cursor over messages in a file, with a window of bytes around where it reads. */
export class WireReader {
  readonly source: ByteSource;
  #window: Uint8Array<ArrayBuffer> = new Uint8Array();
  #first = 0;

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** Calls `visit` with every field of the message, in order, waiting for what it returns. Throws FormatError, also for more than `most`. */
  async fields({ start, end }: Range, visit: (field: Field) => Promise<void> | undefined | void, most = MOST_FIELDS): Promise<void> {
    for (let [at, count] = [start, 0]; at < end; count++) {
      if (count === most) throw new FormatError(`a message has more than ${most} fields`);
      if (!this.#holds(at, Math.min(at + HEADER, end))) await this.#load(at);
      const [tag, afterTag] = this.#varint(at, end);
      const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
      if (number < 1 || number > 0x1fffffff) throw new FormatError("a field has no valid number");
      const field = { number, wire, integer: 0n, start: afterTag, end: afterTag };
      if (wire === VARINT) {
        const [integer, next] = this.#varint(afterTag, end);
        field.integer = BigInt.asIntN(64, integer);
        field.end = next;
      } else if (wire === BYTES) {
        const [length, next] = this.#varint(afterTag, end);
        field.start = next;
        field.end = next + Number(length);
      } else if (wire === BITS64 || wire === BITS32) field.end = afterTag + (wire === BITS64 ? 8 : 4);
      else throw new FormatError(`a field is of wire type ${wire}, which no file of this kind has`);
      if (field.end > end) throw new FormatError("a field ends behind the message that it is part of; the file is truncated or damaged");
      at = field.end;
      await visit(field);
    }
  }

  /** Reads past a message of which nothing is needed. Throws FormatError where it is damaged. */
  async skip(field: Field): Promise<void> {
    if (field.wire === BYTES) await this.fields(field, () => {});
  }

  /** A text field. Throws FormatError where it is of another kind, or very long. */
  async text(field: Field): Promise<string> {
    const { start, end } = message(field);
    // Of the window itself: a copy would be memory of its own for every name.
    const isShort = end - start <= LONGEST_TEXT && this.#holds(start, end);
    return decoder.decode(isShort ? this.#window.subarray(start - this.#first, end - this.#first) : await this.bytes(field, LONGEST_TEXT));
  }

  /** The bytes of a field. Throws FormatError where it has none, or more than `most`. */
  async bytes(field: Field, most: number): Promise<Uint8Array<ArrayBuffer>> {
    message(field);
    const { start, end } = field;
    if (end - start > most) throw new FormatError(`a field has ${end - start} bytes, more than ${most}`);
    if (this.#holds(start, end)) return this.#window.slice(start - this.#first, end - this.#first);
    return this.source.read(start, end);
  }

  /** Whole numbers of a repeated field, packed or one by one. Throws FormatError. */
  async integers(field: Field, into: bigint[], most = 1 << 20): Promise<void> {
    if (field.wire === VARINT) into.push(field.integer);
    else if (field.wire !== BYTES) throw new FormatError("whole numbers are kept as something else");
    else {
      for (const integer of varints(await this.bytes(field, 10 * most))) into.push(integer);
    }
    if (into.length > most) throw new FormatError(`a list has more than ${most} numbers`);
  }

  /** Floats of a repeated field, packed or one by one. Throws FormatError. */
  async floats(field: Field, into: number[], most = 1 << 20): Promise<void> {
    if (field.wire !== BITS32 && field.wire !== BYTES) throw new FormatError("numbers are kept as something else");
    const bytes = field.wire === BYTES ? await this.bytes(field, 4 * most) : await this.bits(field);
    if (bytes.length % 4 !== 0) throw new FormatError("a list of floats has a part of one at its end");
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += 4) into.push(view.getFloat32(at, true));
    if (into.length > most) throw new FormatError(`a list has more than ${most} numbers`);
  }

  /** The bytes of a field of fixed length. */
  async bits({ start, end }: Field): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#holds(start, end)) return this.#window.slice(start - this.#first, end - this.#first);
    return this.source.read(start, end);
  }

  #holds(start: number, end: number): boolean {
    return start >= this.#first && end <= this.#first + this.#window.length;
  }

  async #load(at: number): Promise<void> {
    this.#window = await this.source.read(at, Math.min(at + WINDOW, this.source.size));
    this.#first = at;
  }

  #varint(at: number, end: number): [value: bigint, next: number] {
    return varint(this.#window, at - this.#first, Math.min(end - this.#first, this.#window.length), this.#first);
  }
}

/** The numbers of a packed field. Throws FormatError. */
export function* varints(bytes: Uint8Array): Generator<bigint> {
  for (let at = 0; at < bytes.length; ) {
    const [value, next] = varint(bytes, at, bytes.length, 0);
    yield BigInt.asIntN(64, value);
    at = next;
  }
}

function varint(bytes: Uint8Array, at: number, end: number, origin: number): [value: bigint, next: number] {
  // Most numbers are small, and BigInt is slow.
  let low = 0;
  for (let i = 0; i < 4; i++) {
    if (at + i >= end) throw new FormatError("it ends within a number; the file is truncated or damaged");
    const byte = bytes[at + i] as number;
    low |= (byte & 127) << (7 * i);
    if (byte < 128) return [BigInt(low), origin + at + i + 1];
  }
  let value = BigInt(low);
  for (let i = 4; i < 10; i++) {
    if (at + i >= end) throw new FormatError("it ends within a number; the file is truncated or damaged");
    const byte = bytes[at + i] as number;
    value |= BigInt(byte & 127) << BigInt(7 * i);
    if (byte < 128) return [BigInt.asUintN(64, value), origin + at + i + 1];
  }
  throw new FormatError("a number has more than 10 bytes");
}

/** The range of a field that holds a message. Throws FormatError where it holds a number. */
export function message(field: Field): Range {
  if (field.wire !== BYTES) throw new FormatError(`field ${field.number} should be a message or a text`);
  return field;
}

/** A field that holds a whole number. Throws FormatError. */
export function integerOf(field: Field): number {
  if (field.wire !== VARINT) throw new FormatError(`field ${field.number} should be a whole number`);
  return Number(field.integer);
}
