/** Reads tensors from safetensors files, whole or a few rows at a time. */
import { EngineError } from "../../engine/errors.ts";
import { printable } from "../../engine/printable.ts";
import { badTensor, describePlace, indexOfNonFinite } from "../../ops/finite-values.ts";
import type { WeightSource } from "../../ops/weight-source.ts";
import type { ByteSource } from "./bytes.ts";
import { FormatError } from "./format-error.ts";
import { decodeBrain, decodeHalf } from "./half-floats.ts";
import { refuseFile } from "./refuse-file.ts";
import { readHeader, type TensorInfo } from "./safetensors-header.ts";

/** A tensor and the file that holds it, in which `origin` bytes come before the first tensor. */
interface Entry {
  readonly info: TensorInfo;
  readonly source: ByteSource;
  readonly origin: number;
}

/** The types that are read: bytes of a value, and how to decode them. */
const READABLE: Readonly<Record<string, { bytes: number; decode: (buffer: ArrayBuffer) => Float32Array<ArrayBuffer> }>> = {
  F32: { bytes: 4, decode: (buffer) => new Float32Array(buffer) },
  F64: { bytes: 8, decode: (buffer) => new Float32Array(new Float64Array(buffer)) },
  F16: { bytes: 2, decode: (buffer) => decodeHalf(new Uint16Array(buffer)) },
  BF16: { bytes: 2, decode: (buffer) => decodeBrain(new Uint16Array(buffer)) },
};

/** How every header begins, behind its length. */
const OPENING_BRACE = 0x7b;

/** As in the reference reader. */
const MAX_HEADER = 100e6;

function fail(file: string, what: string, cause?: unknown): never {
  refuseFile(file, what, "Fetch the file again, or convert the checkpoint with safetensors.torch.save_file.", cause);
}

/** Elements of a shape without its outermost extent. */
const rowLength = (shape: readonly number[]) => shape.slice(1).reduce((product, extent) => product * extent, 1);

/**
 * A safetensors file (F32, F64, F16, BF16), or several that together hold a net. Every name, shape, offset and length is checked when it is
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
    // A header of 640 bytes makes a file begin as pickles do.
    if (head[8] !== OPENING_BRACE) (await import("./other-formats.ts")).refuseOtherFormats(name, head);
    if (size < 8) fail(name, `it holds ${size} bytes`);
    const headerBytes = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
    const origin = 8 + headerBytes;
    if (headerBytes > MAX_HEADER || origin > size) fail(name, "its header is longer than the file; it is truncated or of another format");
    for (const [key, info] of parse(name, await source.read(8, origin), size - origin)) {
      const other = this.#entries.get(key);
      if (other) fail(name, `tensor "${printable(key)}" is also in ${printable(other.source.name, 200)}`);
      this.#entries.set(key, { info, source, origin });
    }
  }

  /** Of the tensors that can be read. */
  get names(): string[] {
    return [...this.#entries.values()]
      .map(({ info }) => info)
      .filter(({ type }) => type in READABLE)
      .map(({ name }) => name);
  }

  /** What holds a tensor of any type. */
  sourceOf(key: string): ByteSource | undefined {
    return this.#entries.get(key)?.source;
  }

  describe(key: string): string {
    return `${printable(this.sourceOf(key)?.name ?? this.name, 200)}: tensor "${printable(key)}"`;
  }

  /** The shape of a tensor; undefined where the file has none of that name. */
  shape(key: string): readonly number[] | undefined {
    return this.#entries.get(key)?.info.shape;
  }

  /**
   * Holds the file against what a net needs, all of it but for what is ignored, before anything is read. Throws BAD_WEIGHTS with the first
   * missing and the first unexpected key, or the first key of another shape.
   */
  expect(net: string, wanted: ReadonlyMap<string, readonly number[]>, ignored: readonly string[] = []): void {
    const missing = [...wanted.keys()].filter((key) => !this.#entries.has(key));
    const beside = new Set(ignored);
    const unexpected = this.names.filter((key) => !wanted.has(key) && !beside.has(key));
    if (missing.length + unexpected.length > 0) {
      const list = (what: string, keys: readonly string[]) =>
        keys.length ? [`${what} "${printable(keys[0] as string)}" (${keys.length} in all)`] : [];
      throw new EngineError(
        "BAD_WEIGHTS",
        `${printable(this.name, 200)} does not hold ${net}: ${[...list("it lacks", missing), ...list("it has an unexpected", unexpected)].join(" and ")}.`,
        `Give the weights of ${net}, with the key names of timm or torchvision.`,
      );
    }
    for (const [key, shape] of wanted) this.#entry(key, shape);
  }

  async read(key: string, shape: readonly number[], first = 0, count = shape[0] ?? 1): Promise<Float32Array<ArrayBuffer>> {
    const { source, origin, info } = this.#entry(key, shape);
    const { type, start, shape: stored } = info;
    const { bytes: size, decode } = READABLE[type] as (typeof READABLE)[string];
    const row = rowLength(stored);
    const begin = origin + start + first * row * size;
    const bytes = await source.read(begin, begin + count * row * size);
    // Typed arrays begin at multiples of their elements' size.
    const values = decode(bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer);
    const at = indexOfNonFinite(values);
    if (at < 0) return values;
    const value = `${values[at]}${type === "F64" && !Number.isNaN(values[at]) ? " in single precision" : ""}`;
    throw badTensor(this.describe(key), `holds ${value} at ${describePlace(first * row + at, stored)}`);
  }

  #entry(key: string, shape: readonly number[]): Entry {
    const entry = this.#entries.get(key);
    if (!entry) fail(this.name, `it lacks tensor "${printable(key)}"`);
    const tensor = `tensor "${printable(key)}"`;
    const { source, info } = entry;
    if (!isSameMatrix(info.shape, shape))
      fail(source.name, `${tensor} has shape [${printable(String(info.shape))}] where [${shape}] is needed`);
    if (!(info.type in READABLE))
      fail(source.name, `${tensor} is of type ${info.type}, and only ${Object.keys(READABLE).join(", ")} are read`);
    return entry;
  }
}

function parse(file: string, header: Uint8Array, body: number): Map<string, TensorInfo> {
  try {
    return readHeader(header, body);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    fail(file, cause.message, cause);
  }
}

/** Equal but for extents of 1 at the end, or a matrix that the file keeps as a convolution over a whole image, as timm keeps VGG's linear layers. */
function isSameMatrix(stored: readonly number[], wanted: readonly number[]): boolean {
  const plain = (shape: readonly number[]) => shape.slice(0, shape.findLastIndex((extent) => extent !== 1) + 1).join();
  if (plain(stored) === plain(wanted)) return true;
  return wanted.length === 2 && stored.length > 2 && stored[0] === wanted[0] && rowLength(stored) === wanted[1];
}
