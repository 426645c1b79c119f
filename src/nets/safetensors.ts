import { EngineError } from "../engine/errors.ts";

type StoredType = "F32" | "F16" | "BF16";

interface Entry {
  type: StoredType;
  shape: readonly number[];
  start: number;
  end: number;
}

/** Where a net gets its parameters from: a file, or something computed from one. */
export interface WeightSource {
  /** Row-major values of the tensor, as f32. Throws BAD_WEIGHTS where it is missing or has another shape. */
  get(key: string, shape: readonly number[]): Float32Array;
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
export function decodeHalf(bits: Uint16Array): Float32Array {
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

function decodeBrain(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => half << 16).buffer);
}

/**
 * A safetensors file (F32, F16, BF16) whose every name, shape, offset and length is checked when it is opened, before anything is
 * uploaded. Tensors of other types (such as the I64 batch counters of PyTorch) are known by name and never read.
 */
export class Safetensors implements WeightSource {
  readonly #file: string;
  readonly #data: ArrayBuffer;
  readonly #origin: number;
  readonly #entries = new Map<string, Entry>();
  readonly metadata: Readonly<Record<string, string>>;

  /** Throws BAD_WEIGHTS naming `file`. */
  constructor(data: ArrayBuffer, file: string) {
    this.#file = file;
    this.#data = data;
    if (data.byteLength < 8) fail(file, `it holds ${data.byteLength} bytes`);
    const headerBytes = Number(new DataView(data).getBigUint64(0, true));
    const head = new TextDecoder().decode(data.slice(0, 64)).trimStart();
    if (/^<(!doctype|html|\?xml)/i.test(head)) fail(file, "it is a web page");
    if (headerBytes > MAX_HEADER || 8 + headerBytes > data.byteLength)
      fail(file, "its header is longer than the file; it is truncated or of another format");
    this.#origin = 8 + headerBytes;
    let header: Record<string, unknown>;
    try {
      header = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data.slice(8, this.#origin)));
    } catch (cause) {
      fail(file, "its header is not JSON", cause);
    }
    if (typeof header !== "object" || header === null || Array.isArray(header)) fail(file, "its header is not an object");
    const { __metadata__: metadata, ...tensors } = header;
    this.metadata = (metadata ?? {}) as Record<string, string>;
    this.#check(tensors);
  }

  #check(tensors: Record<string, unknown>): void {
    const body = this.#data.byteLength - this.#origin;
    const ranges: [number, number, string][] = [];
    for (const [name, value] of Object.entries(tensors)) {
      const { dtype, shape, data_offsets: offsets } = (value ?? {}) as { dtype?: unknown; shape?: unknown; data_offsets?: unknown };
      if (!isSizes(shape) || !isSizes(offsets) || offsets.length !== 2) fail(this.#file, `tensor ${name} has no valid shape or offsets`);
      const [start, end] = offsets as [number, number];
      if (end < start || end > body)
        fail(this.#file, `tensor ${name} lies outside the file (bytes ${start} to ${end} of ${body}); it is truncated`);
      ranges.push([start, end, name]);
      if (typeof dtype !== "string" || !(dtype in BYTES)) continue;
      const type = dtype as StoredType;
      const bytes = shape.reduce((product, extent) => product * extent, BYTES[type]);
      if (bytes !== end - start) fail(this.#file, `tensor ${name} ${type}[${shape}] needs ${bytes} bytes and has ${end - start}`);
      this.#entries.set(name, { type, shape, start, end });
    }
    ranges.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    let free = 0;
    for (const [start, end, name] of ranges) {
      if (start < free) fail(this.#file, `tensor ${name} overlaps another`);
      free = end;
    }
    if (free !== body) fail(this.#file, `${body - free} bytes after the last tensor belong to none`);
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  shape(key: string): readonly number[] | undefined {
    return this.#entries.get(key)?.shape;
  }

  /**
   * Holds the file against what a net needs, all of it, before anything is read. Throws BAD_WEIGHTS with the first missing and the
   * first unexpected key, or the first key of another shape.
   */
  expect(net: string, wanted: ReadonlyMap<string, readonly number[]>): void {
    const missing = [...wanted.keys()].filter((key) => !this.#entries.has(key));
    const unexpected = this.names.filter((key) => !wanted.has(key));
    if (missing.length) {
      const extra = unexpected.length ? ` and has an unexpected "${unexpected[0]}" (${unexpected.length} in all)` : "";
      throw new EngineError(
        "BAD_WEIGHTS",
        `${this.#file} does not hold ${net}: it lacks "${missing[0]}" (${missing.length} in all)${extra}.`,
        `Give the weights of ${net}, with the key names of timm or torchvision.`,
      );
    }
    for (const [key, shape] of wanted) this.#entry(key, shape);
  }

  get(key: string, shape: readonly number[]): Float32Array {
    const { type, start, end } = this.#entry(key, shape);
    // A copy, since a tensor may start at any byte.
    const bytes = this.#data.slice(this.#origin + start, this.#origin + end);
    if (type === "F32") return new Float32Array(bytes);
    return type === "F16" ? decodeHalf(new Uint16Array(bytes)) : decodeBrain(new Uint16Array(bytes));
  }

  #entry(key: string, shape: readonly number[]): Entry {
    const entry = this.#entries.get(key);
    if (!entry) fail(this.#file, `it lacks tensor ${key}`);
    if (entry.shape.join() !== shape.join()) fail(this.#file, `tensor ${key} has shape [${entry.shape}] where [${shape}] is needed`);
    return entry;
  }
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
}
