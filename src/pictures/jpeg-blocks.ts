/** Passes the blocks of a JPEG's scan, of which only the length matters here (ITU-T T.81, annexes F and G). */
import { damaged } from "./errors.ts";
import type { HuffmanTable, ScanReader } from "./huffman.ts";

export interface Component {
  id: number;
  /** Blocks a side of an MCU. */
  across: number;
  down: number;
  /** Blocks that the image needs, and in a row with those that fill the last MCU. */
  width: number;
  height: number;
  stride: number;
  /** Progressive only: which coefficients of each block are known not to be zero, as two words of 32 bits. */
  nonzero: Uint32Array;
  /** Per coefficient, the lowest bit that has been sent; -1 where nothing has. */
  sent: Int8Array;
}

export interface Scan {
  /** With the tables of their DC and AC coefficients. */
  parts: { component: Component; dc: HuffmanTable | undefined; ac: HuffmanTable | undefined }[];
  first: number;
  last: number;
  /** The lowest bit that was sent before this scan, or 0, and the one that this scan sends. */
  high: number;
  low: number;
}

export interface BlockReader {
  /** Passes a block of one of the scan's parts. */
  read(part: number, block: number): void;
  /** Forgets what reaches over blocks. */
  restart(): void;
}

/** `progressive`: as the frame is. */
export function blockReader(progressive: boolean, scan: Scan, reader: ScanReader): BlockReader {
  const code = (table: HuffmanTable | undefined): number => {
    const symbol = table ? reader.symbol(table) : -1;
    // Behind the end of the data zeros are read, which need not be a code.
    if (symbol < 0 && !reader.overrun) throw damaged("a code in it is broken");
    return Math.max(symbol, 0);
  };
  if (!progressive) return { read: (part) => readSequential(scan, part, code, reader), restart: () => {} };
  /** Blocks to come that have no further coefficients. */
  let run = 0;
  const { first, last, high } = scan;
  const readRun = (length: number) => (1 << length) + reader.bits(length);

  function readDc(part: number): void {
    if (high > 0) reader.bits(1);
    else reader.bits(code(scan.parts[part]?.dc) & 15);
  }

  function readAc(block: number): void {
    const { component, ac } = scan.parts[0] as Scan["parts"][0];
    if (run > 0) {
      run--;
      return;
    }
    for (let k = first; k <= last; k++) {
      const symbol = code(ac);
      const zeros = symbol >> 4;
      const size = symbol & 15;
      if (size === 0 && zeros < 15) {
        run = readRun(zeros) - 1;
        return;
      }
      k += zeros;
      reader.bits(size);
      if (size > 0) mark(component, block, k);
    }
  }

  function refineAc(block: number): void {
    const { component, ac } = scan.parts[0] as Scan["parts"][0];
    let k = first;
    while (k <= last && run === 0) {
      const symbol = code(ac);
      const size = symbol & 15;
      let zeros = symbol >> 4;
      if (size === 0 && zeros < 15) {
        run = readRun(zeros);
        break;
      }
      if (size > 0) reader.bits(1);
      // Coefficients that are not zero yet are counted, the others get a bit of correction each.
      for (; k <= last; k++) {
        if (isMarked(component, block, k)) reader.bits(1);
        else if (zeros-- === 0) break;
      }
      if (size > 0 && k <= last) mark(component, block, k);
      k++;
    }
    if (run === 0) return;
    for (; k <= last; k++) if (isMarked(component, block, k)) reader.bits(1);
    run--;
  }

  const read =
    first === 0 ? readDc : high > 0 ? (_: number, block: number) => refineAc(block) : (_: number, block: number) => readAc(block);
  return { read, restart: () => (run = 0) };
}

function readSequential(scan: Scan, part: number, code: (table: HuffmanTable | undefined) => number, reader: ScanReader): void {
  const { dc, ac } = scan.parts[part] as Scan["parts"][0];
  reader.bits(code(dc) & 15);
  for (let k = 1; k < 64; k++) {
    const symbol = code(ac);
    const zeros = symbol >> 4;
    const size = symbol & 15;
    if (size === 0 && zeros < 15) return;
    k += zeros;
    reader.bits(size);
  }
}

function mark({ nonzero }: Component, block: number, coefficient: number): void {
  const word = 2 * block + (coefficient >> 5);
  nonzero[word] = (nonzero[word] as number) | (1 << (coefficient & 31));
}

function isMarked({ nonzero }: Component, block: number, coefficient: number): boolean {
  return (((nonzero[2 * block + (coefficient >> 5)] as number) >>> (coefficient & 31)) & 1) === 1;
}
