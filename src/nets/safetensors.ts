import { EngineError } from "../engine/errors.ts";
import type { ByteSource } from "./bytes.ts";

type StoredType = "F32" | "F16" | "BF16";

interface Entry {
  type: StoredType;
  shape: readonly number[];
  source: ByteSource;
  /** Offset of the first value in the source. */
  start: number;
}

/** Where a net gets its parameters from: a file, or something computed from one. */
export interface WeightSource {
  /**
   * Row-major values of the tensor as f32: all of them, or `count` of its rows from `first` on (a row is what lies behind the outermost
   * extent). Throws BAD_WEIGHTS where the tensor is missing or has another shape.
   */
  read(key: string, shape: readonly number[], first?: number, count?: number): Promise<Float32Array<ArrayBuffer>>;
}

const BYTES: Record<StoredType, number> = { F32: 4, F16: 2, BF16: 2 };
const MAX_HEADER = 100e6;

function fail(file: string, what: string, cause?: unknown): never {
  throw new EngineError(
    "BAD_WEIGHTS",
    `${file} is not a usable safetensors file: ${what}.`,
    "Fetch the file again, or convert the checkpoint with safetensors.torch.save_file.",
    { cause },
  );
}

/** Half precision to single, exactly. */
export function decodeHalf(bits: Uint16Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) {
    const half = bits[i] as number;
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) {
      values[i] = (sign ? -1 : 1) * fraction * 2 ** -24;
    } else {
      words[i] = (sign | ((exponent === 31 ? 255 : exponent + 112) << 23) | (fraction << 13)) >>> 0;
    }
  }
  return values;
}

function decodeBrain(bits: Uint16Array): Float32Array<ArrayBuffer> {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

/** Elements of a shape without its outermost extent. */
const rowLength = (shape: readonly number[]) => shape.slice(1).reduce((product, extent) => product * extent, 1);

/**
 * A safetensors file (F32, F16, BF16), or several that together hold a net. Every name, shape, offset and length is checked when it is
 * opened; tensors are read one by one, or a few rows at a time, when they are asked for. Tensors of other types (such as the I64 batch
 * counters of PyTorch) are known by name and never read.
 */
export class Safetensors implements WeightSource {
  readonly #entries = new Map<string, Entry>();

  /** `name`: what errors call the whole. */
  private constructor(readonly name: string) {}

  /** Opens one file, or the shards of one net. Throws BAD_WEIGHTS naming the file. */
  static async open(sources: ByteSource | readonly ByteSource[], name?: string): Promise<Safetensors> {
    const all = Array.isArray(sources) ? (sources as readonly ByteSource[]) : [sources as ByteSource];
    const file = new Safetensors(name ?? all.map((source) => source.name).join(", "));
    for (const source of all) await file.#add(source);
    return file;
  }

  async #add(source: ByteSource): Promise<void> {
    const { name, size } = source;
    const head = await source.read(0, Math.min(size, 64));
    refuseOtherFormats(name, head);
    if (size < 8) fail(name, `it holds ${size} bytes`);
    const headerBytes = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
    if (headerBytes > MAX_HEADER || 8 + headerBytes > size)
      fail(name, "its header is longer than the file; it is truncated or of another format");
    const origin = 8 + headerBytes;
    let header: Record<string, unknown>;
    try {
      header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await source.read(8, origin)));
    } catch (cause) {
      if (cause instanceof EngineError) throw cause;
      fail(name, "its header is not JSON", cause);
    }
    if (typeof header !== "object" || header === null || Array.isArray(header)) fail(name, "its header is not an object");
    const { __metadata__, ...tensors } = header;
    this.#check(source, origin, tensors);
  }

  #check(source: ByteSource, origin: number, tensors: Record<string, unknown>): void {
    const { name: file } = source;
    const body = source.size - origin;
    const ranges: [number, number, string][] = [];
    for (const [name, value] of Object.entries(tensors)) {
      const { dtype, shape, data_offsets: offsets } = (value ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
      if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) fail(file, `tensor ${name} has no valid shape or offsets`);
      const [start, end] = offsets as [number, number];
      if (end < start || end > body)
        fail(file, `tensor ${name} lies outside the file (bytes ${start} to ${end} of ${body}); it is truncated`);
      ranges.push([start, end, name]);
      if (typeof dtype !== "string" || !(dtype in BYTES)) continue;
      const type = dtype as StoredType;
      const bytes = shape.reduce((product, extent) => product * extent, BYTES[type]);
      if (bytes !== end - start) fail(file, `tensor ${name} ${type}[${shape}] needs ${bytes} bytes and has ${end - start}`);
      if (this.#entries.has(name)) fail(file, `tensor ${name} is in another of the files, too`);
      this.#entries.set(name, { type, shape, source, start: origin + start });
    }
    ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    let free = 0;
    for (const [start, end, name] of ranges) {
      if (start < free) fail(file, `tensor ${name} overlaps another`);
      free = end;
    }
    if (free !== body) fail(file, `${body - free} bytes after the last tensor belong to none`);
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  shape(key: string): readonly number[] | undefined {
    return this.#entries.get(key)?.shape;
  }

  /**
   * Holds the file against what a net needs, all of it, before anything is read. Throws BAD_WEIGHTS with the first missing and the first
   * unexpected key, or the first key of another shape.
   */
  expect(net: string, wanted: ReadonlyMap<string, readonly number[]>): void {
    const missing = [...wanted.keys()].filter((key) => !this.#entries.has(key));
    const unexpected = this.names.filter((key) => !wanted.has(key));
    if (missing.length + unexpected.length > 0) {
      const list = (what: string, keys: readonly string[]) => (keys.length ? [`${what} "${keys[0]}" (${keys.length} in all)`] : []);
      throw new EngineError(
        "BAD_WEIGHTS",
        `${this.name} does not hold ${net}: ${[...list("it lacks", missing), ...list("it has an unexpected", unexpected)].join(" and ")}.`,
        `Give the weights of ${net}, with the key names of timm or torchvision.`,
      );
    }
    for (const [key, shape] of wanted) this.#entry(key, shape);
  }

  async read(key: string, shape: readonly number[], first = 0, count = shape[0] ?? 1): Promise<Float32Array<ArrayBuffer>> {
    const { type, source, start } = this.#entry(key, shape);
    const row = rowLength(shape) * BYTES[type];
    const bytes = await source.read(start + first * row, start + (first + count) * row);
    // Typed arrays begin at multiples of their elements' size.
    const buffer = bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
    if (type === "F32") return new Float32Array(buffer);
    return type === "F16" ? decodeHalf(new Uint16Array(buffer)) : decodeBrain(new Uint16Array(buffer));
  }

  #entry(key: string, shape: readonly number[]): Entry {
    const entry = this.#entries.get(key);
    if (!entry) fail(this.name, `it lacks tensor ${key}`);
    if (!isSameMatrix(entry.shape, shape)) fail(this.name, `tensor ${key} has shape [${entry.shape}] where [${shape}] is needed`);
    return entry;
  }
}

/** Equal, or a matrix that the file keeps as a convolution over a whole image, as timm keeps VGG's linear layers. */
function isSameMatrix(stored: readonly number[], wanted: readonly number[]): boolean {
  if (stored.join() === wanted.join()) return true;
  return wanted.length === 2 && stored.length > 2 && stored[0] === wanted[0] && rowLength(stored) === wanted[1];
}

/** Throws BAD_WEIGHTS for files that people often have instead, with what to do about each. */
function refuseOtherFormats(file: string, head: Uint8Array): void {
  if (/^<(!doctype|html|\?xml)/i.test(new TextDecoder().decode(head).trimStart())) fail(file, "it is a web page");
  const isZip = head[0] === 0x50 && head[1] === 0x4b && head[2] === 3 && head[3] === 4;
  const isPickle = head[0] === 0x80 && (head[1] as number) >= 2 && (head[1] as number) <= 5;
  if (!isZip && !isPickle) return;
  const out = file.replace(/(\.\w+)?$/, ".safetensors");
  throw new EngineError(
    "BAD_WEIGHTS",
    `${file} is a PyTorch checkpoint, which may run code when it is read; only safetensors files are loaded.`,
    `Convert it:
pip install torch safetensors
python -c "import torch, safetensors.torch as s; s.save_file({k: v.contiguous() for k, v in torch.load('${file}', map_location='cpu', weights_only=True).items()}, '${out}')"`,
  );
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}
