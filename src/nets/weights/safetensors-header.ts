/** Checks the header of a safetensors file before any tensor is read. */
import { printable } from "../../engine/printable.ts";
import { FormatError } from "./format-error.ts";
import { JsonReader } from "./json-reader.ts";

/** A tensor as the header describes it, in bytes `start` to `end` of what follows the header. */
export interface TensorInfo {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/** The types that the format defines, by the bits of an element. */
const TYPES: Readonly<Record<number, readonly string[]>> = {
  4: ["F4"],
  6: ["F6_E2M3", "F6_E3M2"],
  8: ["BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"],
  16: ["U16", "I16", "F16", "BF16"],
  32: ["U32", "I32", "F32"],
  64: ["U64", "I64", "F64", "C64"],
};
const BITS = new Map(Object.entries(TYPES).flatMap(([bits, types]) => types.map((type) => [type, Number(bits)])));

/** As many as PyTorch and NumPy allow. */
const MAX_RANK = 64;

/**
 * The tensors of a safetensors header, by name; `body` bytes follow it. Takes nothing that the reference reader refuses. Also refuses what
 * the format forbids and that reader lets pass (equal keys, spaces before the object, lists of fields), and what exceeds the limits here and
 * in JsonReader. Throws FormatError.
 */
export function readHeader(bytes: Uint8Array, body: number): Map<string, TensorInfo> {
  const tensors = parse(bytes);
  const inOrder = [...tensors.values()].sort((a, b) => a.start - b.start || a.end - b.end);
  for (const { name, start, end } of inOrder)
    if (end > body) refuse(name, `lies outside the file (bytes ${start} to ${end} of ${body}); it is truncated`);
  let free = 0;
  for (const { name, start, end } of inOrder) {
    if (start < free) refuse(name, "overlaps another");
    if (start > free) refuse(name, `comes after ${start - free} bytes that belong to none`);
    free = end;
  }
  if (free !== body) throw new FormatError(`${body - free} bytes after the last tensor belong to none`);
  return tensors;
}

function parse(bytes: Uint8Array): Map<string, TensorInfo> {
  if (bytes[0] !== 0x7b) throw new FormatError("its header does not begin with {");
  const json = new JsonReader(bytes);
  const tensors = new Map<string, TensorInfo>();
  json.object((name) => {
    if (name === "__metadata__") readMetadata(json);
    else tensors.set(name, readTensor(json, name));
  });
  json.end();
  return tensors;
}

/** A map of strings, or null; nothing of it is kept. */
function readMetadata(json: JsonReader): void {
  if (json.next === "n") json.skip();
  else {
    json.object((key) => {
      if (json.next !== '"') throw new FormatError(`"${printable(key)}" of its __metadata__ is not a string`);
      json.skip();
    });
  }
}

function readTensor(json: JsonReader, name: string): TensorInfo {
  const info: { dtype?: string; shape?: number[]; data_offsets?: number[] } = {};
  try {
    json.object((key) => {
      if (key === "dtype") info.dtype = json.string();
      else if (key === "shape" || key === "data_offsets") info[key] = readSizes(json);
      else json.skip();
    });
  } catch (error) {
    throw error instanceof FormatError ? new FormatError(`tensor "${printable(name)}": ${error.message}`) : error;
  }
  const { dtype: type, shape, data_offsets: offsets } = info;
  if (type === undefined) refuse(name, "has no dtype");
  const bits = BITS.get(type);
  if (bits === undefined) refuse(name, `is of type "${printable(type)}", which the format does not define`);
  if (!shape) refuse(name, "has no shape");
  if (offsets?.length !== 2) refuse(name, "has no data_offsets of two numbers");
  const [start, end] = offsets as [number, number];
  if (end < start) refuse(name, `ends before it begins (bytes ${start} to ${end})`);
  const bytes = countBytes(shape, bits);
  if (bytes !== end - start)
    refuse(name, `${type}[${printable(String(shape))}] needs ${bytes ?? "another number of"} bytes and has ${end - start}`);
  return { name, type, shape, start, end };
}

function readSizes(json: JsonReader): number[] {
  const sizes: number[] = [];
  json.array(() => {
    if (sizes.length === MAX_RANK) throw new FormatError(`it has more than ${MAX_RANK} extents`);
    sizes.push(json.integer());
  });
  return sizes;
}

/** Undefined where the product is too large to be exact, or a part of a byte is left. */
function countBytes(shape: readonly number[], bits: number): number | undefined {
  let product = bits;
  for (const extent of shape) {
    product *= extent;
    if (!Number.isSafeInteger(product)) return undefined;
  }
  return product % 8 === 0 ? product / 8 : undefined;
}

function refuse(name: string, what: string): never {
  throw new FormatError(`tensor "${printable(name)}" ${what}`);
}
