/** Reads the JSON in files of weights, which may be large, damaged or hostile. */
import { printable } from "../../engine/printable.ts";
import { FormatError } from "./format-error.ts";

/** Longest key or string that is returned, and longest number, in bytes. */
const MAX_TEXT = 4096;
/** Of all objects together, so that what a caller keeps of a large text stays small. */
const MAX_KEYS = 80_000;
/** As in serde_json, which the reference reader of safetensors uses. */
const MAX_DEPTH = 127;
/** UTF-8 is checked in pieces of this many bytes, since a string of all the text could take twice its size. */
const PIECE = 1 << 16;

const [QUOTE, BACKSLASH, LETTER_U] = [0x22, 0x5c, 0x75];
const ESCAPED = new Set([...'"\\/bfnrt'].map((character) => character.charCodeAt(0)));
/** Behind a backslash; surrogates in pairs only. */
const UNICODE = /^u(?:(?![dD][89a-fA-F])[\da-fA-F]{4}|[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2})/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const LITERALS = ["true", "false", "null"];
/** Whether a byte is of what literals and numbers are written with. */
const IS_WORD = Array.from({ length: 256 }, (_, byte) => "+-.0123456789Eaeflnrstu".includes(String.fromCharCode(byte)));

/**
 * Reads JSON from bytes, value by value. Stricter than JSON.parse: refuses a key that comes twice, lone surrogates and numbers beyond f64,
 * and tells 2 from 2.0. Takes hardly more memory than what its caller keeps. Every method throws FormatError.
 */
export class JsonReader {
  readonly #bytes: Uint8Array;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  #at = 0;
  #depth = 0;
  #keys = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    const strict = new TextDecoder("utf-8", { fatal: true });
    try {
      for (let at = 0; at < bytes.length; at += PIECE) strict.decode(bytes.subarray(at, at + PIECE), { stream: true });
      strict.decode();
    } catch {
      throw new FormatError("it is not UTF-8");
    }
  }

  /** The next character that is no space; empty at the end. */
  get next(): string {
    this.#skipSpaces();
    const byte = this.#bytes[this.#at];
    return byte === undefined ? "" : String.fromCharCode(byte);
  }

  /** `member` must read the value of the key that it is told. */
  object(member: (key: string) => void): void {
    const keys = new Set<string>();
    this.#list("{", "}", () => {
      const key = this.string();
      if (keys.has(key)) throw new FormatError(`the key "${printable(key)}" comes twice`);
      keys.add(key);
      if (++this.#keys > MAX_KEYS) throw new FormatError(`it has more than ${MAX_KEYS} keys`);
      this.#expect(":");
      member(key);
    });
  }

  /** `element` must read an element. */
  array(element: () => void): void {
    this.#list("[", "]", element);
  }

  string(): string {
    const { start, end, escapes } = this.#scanString();
    if (end - start > MAX_TEXT) throw new FormatError(`a name is longer than ${MAX_TEXT} bytes`);
    const text = this.#decoder.decode(this.#bytes.subarray(start, end));
    return escapes ? JSON.parse(`"${text}"`) : text;
  }

  /** From 0 to 2^53 - 1, and written as a whole number. */
  integer(): number {
    const word = this.#word();
    if (!/^(?:0|[1-9]\d*)$/.test(word) || !Number.isSafeInteger(Number(word)))
      throw new FormatError(`${word ? printable(word) : this.#describeNext()} is not a whole number from 0 to 2^53 - 1`);
    return Number(word);
  }

  /** Passes over a value of any kind. */
  skip(): void {
    const { next } = this;
    if (next === "{") this.object(() => this.skip());
    else if (next === "[") this.array(() => this.skip());
    else if (next === '"') this.#scanString();
    else {
      const word = this.#word();
      if (!LITERALS.includes(word) && !(NUMBER.test(word) && Number.isFinite(Number(word))))
        throw new FormatError(`${word ? printable(word) : this.#describeNext()} is no JSON value`);
    }
  }

  /** Nothing but spaces may follow. */
  end(): void {
    if (this.next) throw new FormatError(`it goes on with ${this.#describeNext()} where it should end`);
  }

  #skipSpaces(): void {
    for (let byte = this.#bytes[this.#at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; byte = this.#bytes[this.#at])
      this.#at++;
  }

  #list(open: string, close: string, item: () => void): void {
    this.#expect(open);
    if (++this.#depth > MAX_DEPTH) throw new FormatError(`it is nested more than ${MAX_DEPTH} deep`);
    if (this.next !== close) {
      item();
      while (this.next === ",") {
        this.#at++;
        item();
      }
    }
    this.#expect(close);
    this.#depth--;
  }

  #expect(character: string): void {
    if (this.next !== character) throw new FormatError(`it has ${this.#describeNext()} where ${character} is due`);
    this.#at++;
  }

  #describeNext(): string {
    return this.next ? `"${printable(this.next)}" at byte ${this.#at}` : "its end";
  }

  /** Where the string's characters lie, and whether there are escapes among them. */
  #scanString(): { start: number; end: number; escapes: boolean } {
    this.#expect('"');
    const start = this.#at;
    let escapes = false;
    for (let byte = this.#bytes[this.#at]; byte !== QUOTE; byte = this.#bytes[this.#at]) {
      if (byte === undefined || byte < 0x20) throw new FormatError(`a string is broken off at byte ${this.#at}`);
      if (byte === BACKSLASH) {
        escapes = true;
        this.#skipEscape();
      } else this.#at++;
    }
    return { start, end: this.#at++, escapes };
  }

  #skipEscape(): void {
    const kind = this.#bytes[++this.#at] as number;
    const unicode = kind === LETTER_U && UNICODE.exec(String.fromCharCode(...this.#bytes.subarray(this.#at, this.#at + 11)));
    if (!unicode && !ESCAPED.has(kind)) throw new FormatError(`a string has a wrong escape at byte ${this.#at}`);
    this.#at += unicode ? unicode[0].length : 1;
  }

  /** The literal or number that is next; empty where neither is. */
  #word(): string {
    this.#skipSpaces();
    let word = "";
    for (let byte = this.#bytes[this.#at]; IS_WORD[byte ?? 0] && word.length < MAX_TEXT; byte = this.#bytes[++this.#at])
      word += String.fromCharCode(byte as number);
    return word;
  }
}
