/** Values that do not depend on the photo: weights, which stay in their file until they are asked for, and the numbers of shape arithmetic. */
import { sizeOf } from "../engine/tensor.ts";
import type { ByteSource } from "../nets/weights/byte-source.ts";
import { FormatError } from "../nets/weights/format-error.ts";
import { decodeElements, ELEMENT_BYTES } from "./elements.ts";
import { isInteger, type StoredTensor } from "./stored-tensor.ts";
import { type Range, varints } from "./wire.ts";

export type Values = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Row-major elements, of which some can be had. */
interface Elements {
  range(from: number, to: number): Promise<Values>;
  /** Bytes that are best had at once, where a few cost as much. */
  readonly slab?: number;
}

/** Whole numbers and truth values are kept exactly, up to 2^53. */
export type ConstantType = "float" | "integer" | "boolean";

/** More elements than this are never computed with here; weights that are read as they are may have any number. */
export const MOST_COMPUTED = 1 << 24;

/** Elements that are read of a tensor at a time while it is transposed. */
const SLAB = 1 << 20;

/** Bytes of the result that one way through a tensor makes while it is transposed. */
const TRANSPOSED_SLAB = 64 << 20;

/** Steps from one index to the next along every axis, in elements. */
export function stepsOf(dims: readonly number[]): number[] {
  const steps = dims.map(() => 1);
  for (let axis = dims.length - 2; axis >= 0; axis--) steps[axis] = (steps[axis + 1] as number) * (dims[axis + 1] as number);
  return steps;
}

/** A tensor that does not depend on the photo. */
export class Constant {
  /** `name`: what errors call it. */
  constructor(
    readonly dims: readonly number[],
    readonly type: ConstantType,
    readonly elements: Elements,
    readonly name: string,
  ) {}

  static of(values: ArrayLike<number>, dims: readonly number[], type: ConstantType = "integer", name = "a computed constant"): Constant {
    const all = type === "float" ? Float32Array.from(values) : Float64Array.from(values);
    return new Constant(dims, type, { range: async (from, to) => all.slice(from, to) }, name);
  }

  static scalar(value: number, type: ConstantType = "integer"): Constant {
    return Constant.of([value], [], type);
  }

  get size(): number {
    return sizeOf(this.dims);
  }

  /** All elements. Throws FormatError where there are too many to compute with. */
  async values(): Promise<Values> {
    if (this.size > MOST_COMPUTED) throw new FormatError(`the constant "${this.name}" has ${this.size} elements, too many to compute with`);
    return this.elements.range(0, this.size);
  }

  /** All elements, as a list. */
  async numbers(): Promise<number[]> {
    return Array.from(await this.values());
  }

  renamed(name: string): Constant {
    return new Constant(this.dims, this.type, this.elements, name);
  }

  /** The same elements in another shape of as many. */
  reshaped(dims: readonly number[]): Constant {
    return new Constant(dims, this.type, this.elements, this.name);
  }

  /** The axes in another order: axis i is what axis `order[i]` was. */
  transposed(order: readonly number[]): Constant {
    const dims = order.map((axis) => this.dims[axis] as number);
    const moved = order.filter((axis) => this.dims[axis] !== 1);
    if (moved.every((axis, at) => at === 0 || axis > (moved[at - 1] as number))) return this.reshaped(dims);
    return new Constant(dims, this.type, transpose(this, order), this.name);
  }
}

/** A tensor of a file; `files`: those that its file refers to, by name. Throws FormatError where its data do not make its shape. */
export function constantOf(tensor: StoredTensor, files: ReadonlyMap<string, ByteSource>): Constant {
  const { name, dims, type, data } = tensor;
  const size = sizeOf(dims);
  const kind = type === "BOOL" ? "boolean" : isInteger(type) ? "integer" : "float";
  const make = (elements: Elements) => new Constant(dims, kind, elements, name);
  const wrong = (found: string) => new FormatError(`tensor "${name}" of shape [${dims.join(", ")}] holds ${found}`);
  const bytes = ELEMENT_BYTES[type];
  if (bytes === undefined) throw new FormatError(`tensor "${name}" is of type ${type}, which no classifier here has`);
  if (data.kind === "numbers") {
    if (data.numbers.length !== size) throw wrong(`${data.numbers.length} numbers`);
    return make(listed(numbersOf(data.numbers, type), kind));
  }
  if (data.kind === "varints") {
    const { source, range } = data;
    if (range.end - range.start < size) throw wrong(`${range.end - range.start} bytes`);
    let all: Promise<Elements> | undefined;
    const read = async () => {
      const numbers = Array.from(varints(await source.read(range.start, range.end)), Number);
      if (numbers.length !== size) throw wrong(`${numbers.length} numbers`);
      return listed(numbersOf(numbers, type), kind);
    };
    return make({
      async range(from, to) {
        all ??= read();
        return (await all).range(from, to);
      },
    });
  }
  const [source, start, length] = data.kind === "external" ? external(name, data, files) : inFile(data);
  if ((length ?? bytes * size) !== bytes * size) throw wrong(`${length} bytes of ${type}`);
  if (start + bytes * size > source.size) {
    throw new FormatError(`tensor "${name}" ends at byte ${start + bytes * size} of ${source.name}, which has ${source.size}`);
  }
  const read = async (from: number, to: number) => decodeElements(type, await source.read(start + from * bytes, start + to * bytes));
  return make({ range: read });
}

function inFile({ source, range }: { source: ByteSource; range: Range }): [ByteSource, number, number] {
  return [source, range.start, range.end - range.start];
}

function external(
  tensor: string,
  { location, offset, length }: { location: string; offset: number; length: number | undefined },
  files: ReadonlyMap<string, ByteSource>,
): [ByteSource, number, number | undefined] {
  const source = files.get(location);
  if (!source) throw new FormatError(`tensor "${tensor}" is in the file ${location}, which is not here`);
  return [source, offset, length];
}

/** What a list of bits stands for, where floats of 16 bits are kept in a list of whole numbers. */
function numbersOf(numbers: readonly number[], type: string): ArrayLike<number> {
  if (type !== "FLOAT16" && type !== "BFLOAT16") return numbers;
  const bits = Uint16Array.from(numbers);
  return decodeElements(type, new Uint8Array(bits.buffer));
}

function listed(numbers: ArrayLike<number>, kind: ConstantType): Elements {
  const all = kind === "float" ? Float32Array.from(numbers) : Float64Array.from(numbers);
  return { range: async (from, to) => all.slice(from, to) };
}

/** Elements in another order, found by going through all of the tensor in pieces, so that none of it need be kept. */
function transpose({ dims, elements, type }: Constant, order: readonly number[]): Elements {
  const source = stepsOf(dims);
  const target = stepsOf(order.map((axis) => dims[axis] as number));
  /** How far the result moves when the source moves by one along an axis. */
  const moves = dims.map((_, axis) => target[order.indexOf(axis)] as number);
  const size = sizeOf(dims);
  return {
    slab: TRANSPOSED_SLAB,
    async range(from, to) {
      const out = type === "float" ? new Float32Array(to - from) : new Float64Array(to - from);
      const last = dims.length - 1;
      const row = dims[last] as number;
      const step = moves[last] as number;
      const slab = Math.max(Math.floor(SLAB / row), 1) * row;
      for (let first = 0; first < size; first += slab) {
        const values = await elements.range(first, Math.min(first + slab, size));
        for (let at = 0; at < values.length; at += row) {
          let place = -from;
          for (let axis = 0, rest = first + at; axis < last; axis++) {
            const index = Math.floor(rest / (source[axis] as number));
            rest -= index * (source[axis] as number);
            place += index * (moves[axis] as number);
          }
          const begin = Math.max(0, Math.ceil(-place / step));
          const end = Math.min(row, Math.ceil((out.length - place) / step));
          for (let i = begin; i < end; i++) out[place + i * step] = values[at + i] as number;
        }
      }
      return out;
    },
  };
}
