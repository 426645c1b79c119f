/**
 * Tells harmless damage of a JPEG from missing data. Decoders do not: they paint what is missing grey and warn in the same way about stray
 * bytes. So the entropy-coded data is walked here, without making pixels of it (ITU-T T.81; progressive scans: annex G).
 */
import { cutShort, damaged, PictureError } from "./errors.ts";
import { type HuffmanTable, huffmanTable, nextMarker, ScanReader } from "./huffman.ts";
import { join } from "./join.ts";
import { blockReader, type Component, type Scan } from "./jpeg-blocks.ts";
import { checkSize } from "./limits.ts";
import { STANDARD_TABLES } from "./standard-tables.ts";

interface Frame {
  progressive: boolean;
  components: Component[];
  mcusAcross: number;
  mcusDown: number;
}

/** As many as libvips takes: more are made to keep a decoder busy. */
const MAX_SCANS = 100;

const END_OF_IMAGE = Uint8Array.of(0xff, 0xd9);

/**
 * The JPEG without what decoders stumble over though nothing of the picture is missing: stray bytes between segments, a wrong spectral
 * range in a sequential scan's header, a missing end marker, anything behind the end marker. Throws a PictureError where data is missing
 * or its coding is broken.
 */
export function cleanJpeg(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new JpegWalk(bytes).run();
}

class JpegWalk {
  readonly #bytes: Uint8Array;
  readonly #kept: Uint8Array[] = [];
  /** By class (0: DC, 1: AC) * 4 + destination. */
  readonly #tables: (HuffmanTable | undefined)[] = [];
  #frame: Frame | undefined;
  #restartInterval = 0;
  #scans = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  run(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes;
    let at = 0;
    for (let ended = false; !ended; ) {
      const start = nextMarker(bytes, at);
      const marker = bytes[start + 1];
      if (marker === undefined) {
        if (!this.#isComplete()) throw cutShort();
        ended = true;
      } else if (marker === 0xd9) {
        if (!this.#frame?.components.every(({ sent }) => (sent[0] as number) >= 0)) throw cutShort();
        ended = true;
      } else if (marker === 0xd8 || marker === 1 || (marker >= 0xd0 && marker <= 0xd7)) {
        if (start === 0) this.#kept.push(bytes.subarray(0, 2));
        at = start + 2;
      } else {
        at = this.#segment(marker, start);
      }
    }
    const inks = this.#frame?.components.length === 4;
    return join([...this.#kept.filter((segment) => !(inks && isProfile(segment))), END_OF_IMAGE]);
  }

  /** Takes a segment, with the data of its scan, and returns where it ends. */
  #segment(marker: number, start: number): number {
    const bytes = this.#bytes;
    if (start + 4 > bytes.length) throw cutShort();
    const end = start + 2 + ((at(bytes, start + 2) << 8) | at(bytes, start + 3));
    if (end > bytes.length) throw cutShort();
    const content = bytes.subarray(start + 4, end);
    if (marker === 0xda) return this.#scan(content, start, end);
    if (marker === 0xc4) this.#defineTables(content);
    else if (marker === 0xdd) this.#restartInterval = (at(content, 0) << 8) | at(content, 1);
    else if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc8) this.#beginFrame(marker, content);
    this.#kept.push(bytes.subarray(start, end));
    return end;
  }

  #defineTables(content: Uint8Array): void {
    for (let i = 0; i < content.length; ) {
      const place = at(content, i);
      const counts = content.subarray(i + 1, i + 17);
      const total = counts.reduce((sum, count) => sum + count, 0);
      i += 17 + total;
      if (i > content.length || total > 256 || place & 0xec) throw damaged("a Huffman table is broken");
      this.#tables[(place >> 4) * 4 + (place & 3)] = huffmanTable(counts, content.subarray(i - total, i));
    }
  }

  #beginFrame(marker: number, content: Uint8Array): void {
    const coding = marker > 0xc8 ? "arithmetic" : marker === 0xc3 ? "lossless" : marker > 0xc3 ? "hierarchical" : undefined;
    if (coding) throw new PictureError(`a JPEG with ${coding} coding is not supported`, "Save it as an ordinary JPEG.");
    const precision = at(content, 0);
    if (precision !== 8) throw new PictureError(`a JPEG with ${precision}-bit samples is not supported`, "Save it with 8 bits.");
    if (this.#frame) throw damaged("it has two frames");
    const [height, width] = [(at(content, 1) << 8) | at(content, 2), (at(content, 3) << 8) | at(content, 4)];
    checkSize(width, height);
    const sampling = Array.from({ length: at(content, 5) }, (_, index) => {
      const [id, factors] = [at(content, 6 + 3 * index), at(content, 7 + 3 * index)];
      return { id, across: factors >> 4, down: factors & 15 };
    });
    if (sampling.length > 4 || sampling.some(({ across, down }) => across < 1 || across > 4 || down < 1 || down > 4))
      throw damaged("its sampling factors are broken");
    const [most, tallest] = [Math.max(...sampling.map(({ across }) => across)), Math.max(...sampling.map(({ down }) => down))];
    const [mcusAcross, mcusDown] = [Math.ceil(width / (8 * most)), Math.ceil(height / (8 * tallest))];
    const progressive = marker === 0xc2;
    const components = sampling.map(({ id, across, down }) => ({
      ...{ id, across, down },
      width: Math.ceil(Math.ceil((width * across) / most) / 8),
      height: Math.ceil(Math.ceil((height * down) / tallest) / 8),
      stride: mcusAcross * across,
      nonzero: new Uint32Array(progressive ? mcusAcross * across * mcusDown * down * 2 : 0),
      sent: new Int8Array(64).fill(-1),
    }));
    this.#frame = { progressive, components, mcusAcross, mcusDown };
  }

  #scan(content: Uint8Array, start: number, end: number): number {
    const frame = this.#frame;
    if (!frame || ++this.#scans > MAX_SCANS) throw damaged(frame ? `it has more than ${MAX_SCANS} scans` : "its scan has no frame");
    const count = at(content, 0);
    const tail = 1 + 2 * count;
    const parts = Array.from({ length: count }, (_, index) => {
      const component = frame.components.find(({ id }) => id === at(content, 1 + 2 * index));
      const places = at(content, 2 + 2 * index);
      if (!component) throw damaged("a scan has an unknown component");
      return { component, dc: this.#table(places >> 4), ac: this.#table(4 + (places & 15)) };
    });
    const header = this.#bytes.slice(start, end);
    // Some phones write zeros here. In a sequential scan there is only one choice, so browsers do not look.
    if (!frame.progressive) header.set([0, 63, 0], 4 + tail);
    const [first, last, bits] = header.subarray(4 + tail) as unknown as [number, number, number];
    const scan: Scan = { parts, first, last, high: bits >> 4, low: bits & 15 };
    if (parts.length === 0 || last > 63 || first > last || (frame.progressive && first > 0 && parts.length > 1))
      throw damaged("a scan's header is broken");
    const stop = this.#walk(frame, scan, end);
    for (const { component } of parts) component.sent.fill(scan.low, first, last + 1);
    this.#kept.push(header, this.#bytes.subarray(end, stop));
    return stop;
  }

  #table(place: number): HuffmanTable | undefined {
    // Frames of Motion JPEG leave the tables out that every decoder knows.
    return this.#tables[place] ?? STANDARD_TABLES[place]?.();
  }

  /** Walks a scan's data from `start` to the marker behind it and returns the marker's place. */
  #walk(frame: Frame, scan: Scan, start: number): number {
    const reader = new ScanReader(this.#bytes, start);
    const [only] = scan.parts.length === 1 ? scan.parts : [];
    const [across, down] = only ? [only.component.width, only.component.height] : [frame.mcusAcross, frame.mcusDown];
    const blocks = blockReader(frame.progressive, scan, reader);
    const total = across * down;
    for (let mcu = 0; mcu < total; mcu++) {
      if (this.#restartInterval > 0 && mcu > 0 && mcu % this.#restartInterval === 0) {
        this.#restart(reader, mcu / this.#restartInterval - 1);
        blocks.restart();
      }
      const [x, y] = [mcu % across, Math.floor(mcu / across)];
      if (only) blocks.read(0, y * only.component.stride + x);
      else {
        for (const [part, { component }] of scan.parts.entries()) {
          for (let row = 0; row < component.down; row++) {
            const begin = (y * component.down + row) * component.stride + x * component.across;
            for (let column = 0; column < component.across; column++) blocks.read(part, begin + column);
          }
        }
      }
      if (reader.overrun) throw cutShort();
    }
    const { used } = reader;
    const stop = reader.toMarker();
    // Without an end marker, more bytes than a part of it mean that the file was padded in place of its data.
    if (stop === this.#bytes.length && stop - used > 1) throw cutShort();
    return stop;
  }

  #restart(reader: ScanReader, index: number): void {
    const marker = this.#bytes[reader.toMarker() + 1];
    if (marker === undefined || marker === 0xd9) throw cutShort();
    if (marker !== 0xd0 + (index % 8)) throw damaged("a part in its middle is missing");
    reader.passMarker();
  }

  /** Whether every coefficient of every component has been sent in full, so that nothing can be missing but the end marker. */
  #isComplete(): boolean {
    return this.#frame?.components.every(({ sent }) => sent.every((low) => low === 0)) ?? false;
  }
}

/** Decoders disagree about the profiles of inks by up to 50 of 255, so those are left out: inks are shown as light that they let through. */
function isProfile(segment: Uint8Array): boolean {
  return segment[1] === 0xe2 && String.fromCharCode(...segment.subarray(4, 15)) === "ICC_PROFILE";
}

function at(content: Uint8Array, index: number): number {
  const byte = content[index];
  if (byte === undefined) throw damaged("a segment is too short");
  return byte;
}
