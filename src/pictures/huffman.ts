/** The entropy-coded data of one JPEG scan, bit by bit (ITU-T T.81, annexes B and F). */

/** For every 16 bits that a code may begin: its length << 8 | its symbol, or 0 where no code begins so. */
export type HuffmanTable = Uint16Array;

/** Builds a table of the numbers of codes of 1 to 16 bits and the symbols in the order of their codes. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(65536);
  let [code, next] = [0, 0];
  for (let length = 1; length <= 16; length++) {
    for (let i = 0; i < (counts[length - 1] as number); i++) {
      const span = 1 << (16 - length);
      table.fill((length << 8) | (symbols[next++] as number), code, code + span);
      code += span;
    }
  }
  return table;
}

export class ScanReader {
  readonly #bytes: Uint8Array;
  /** Where the next byte is read; never past a marker. */
  #at: number;
  #buffer = 0;
  /** Bits in the buffer; those past the end of the data are zeros and count as negative credit in `#real`. */
  #held = 0;
  #real = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Whether more bits were taken than there are before the next marker, or the end of the file. */
  get overrun(): boolean {
    return this.#real < 0;
  }

  /** The place of the first byte of which no bit was taken. */
  get used(): number {
    return this.#at - (this.#real >> 3);
  }

  #fill(): void {
    while (this.#held <= 16) {
      const byte = this.#bytes[this.#at];
      const stuffed = byte === 0xff && this.#bytes[this.#at + 1] === 0;
      if (byte === undefined || (byte === 0xff && !stuffed)) {
        this.#buffer <<= 8;
      } else {
        this.#buffer = (this.#buffer << 8) | byte;
        this.#at += stuffed ? 2 : 1;
        this.#real += 8;
      }
      this.#held += 8;
    }
  }

  /** Takes `count` bits, 16 at most. */
  bits(count: number): number {
    if (this.#held < count) this.#fill();
    this.#held -= count;
    this.#real -= count;
    return (this.#buffer >> this.#held) & ((1 << count) - 1);
  }

  /** Takes one symbol; -1 where the bits are no code. */
  symbol(table: HuffmanTable): number {
    if (this.#held < 16) this.#fill();
    const entry = table[(this.#buffer >> (this.#held - 16)) & 0xffff] as number;
    if (entry === 0) return -1;
    const length = entry >> 8;
    this.#held -= length;
    this.#real -= length;
    return entry & 0xff;
  }

  /** Drops what is left before the next marker and returns where that is: the length of the file where there is none. */
  toMarker(): number {
    [this.#buffer, this.#held, this.#real] = [0, 0, 0];
    this.#at = nextMarker(this.#bytes, this.#at);
    return this.#at;
  }

  /** Goes on behind a marker without content. */
  passMarker(): void {
    this.#at += 2;
  }
}

/** The place of the next marker at or after `at`, whatever bytes stand before it; the length of the file where there is none. */
export function nextMarker(bytes: Uint8Array, at: number): number {
  for (let i = bytes.indexOf(0xff, at); i >= 0 && i + 1 < bytes.length; i = bytes.indexOf(0xff, i + 1)) {
    const code = bytes[i + 1] as number;
    // FF 00 is a byte of data, and a marker may have any number of FF before it.
    if (code !== 0 && code !== 0xff) return i;
  }
  return bytes.length;
}
