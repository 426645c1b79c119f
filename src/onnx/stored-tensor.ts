/** Tensors of an ONNX file by their place in it, or in another (onnx.proto, of the ONNX project: TensorProto). */
import type { ByteSource } from "../nets/weights/byte-source.ts";
import { FormatError } from "../nets/weights/format-error.ts";
import { type Field, integerOf, message, type Range, type WireReader } from "./wire.ts";

/** Types of elements, as files number them. */
export const ELEMENTS: Readonly<Record<number, string>> = {
  ...{ 1: "FLOAT", 2: "UINT8", 3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64", 8: "STRING", 9: "BOOL" },
  ...{ 10: "FLOAT16", 11: "DOUBLE", 12: "UINT32", 13: "UINT64", 14: "COMPLEX64", 15: "COMPLEX128", 16: "BFLOAT16" },
  ...{ 17: "FLOAT8E4M3FN", 18: "FLOAT8E4M3FNUZ", 19: "FLOAT8E5M2", 20: "FLOAT8E5M2FNUZ", 21: "UINT4", 22: "INT4", 23: "FLOAT4E2M1" },
};

/** A tensor that the file holds, or says where to find. */
export interface StoredTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** One of ELEMENTS. */
  readonly type: string;
  readonly data: StoredData;
}

/** Little-endian elements; a packed list of varints; numbers one by one; or another file. */
export type StoredData =
  | { readonly kind: "raw" | "varints"; readonly source: ByteSource; readonly range: Range }
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
  | { readonly kind: "external"; readonly location: string; readonly offset: number; readonly length: number | undefined };

export const isInteger = (type: string) => /^U?INT(8|16|32|64)$/.test(type);

/** Elements that a tensor may have one by one, of four bytes or more and of any number: lists take memory many times their bytes. */
const [MOST_NUMBERS, MOST_VARINTS] = [1 << 22, 1 << 20];

/** What is said of a tensor in another file. */
const PLACES = new Set(["location", "offset", "length", "checksum"]);

export async function readTensor(reader: WireReader, range: Range): Promise<StoredTensor> {
  const { source } = reader;
  const dims: bigint[] = [];
  let [type, name, external] = [0, "", false];
  const place = new Map<string, string>();
  const numbers: number[] = [];
  let data: StoredData | undefined;
  const keep = (kind: "raw" | "varints", field: Field) => {
    if (data && field.end > field.start) throw new FormatError(`tensor "${name}" has its data twice`);
    data = { kind, source, range: message(field) };
  };
  await reader.fields(
    range,
    async (field) => {
      const { number } = field;
      if (number === 1) await reader.integers(field, dims, 64);
      else if (number === 2) type = integerOf(field);
      else if (number === 8) name = await reader.text(field);
      else if (number === 9) keep("raw", field);
      else if (number === 4 || number === 10) {
        if (field.wire === 2) keep("raw", field);
        else numbers.push(await readNumber(reader, field));
      } else if (number === 5 || number === 7 || number === 11) {
        if (field.wire === 2) keep("varints", field);
        else if (numbers.length < MOST_VARINTS) numbers.push(integerOf(field));
        else throw new FormatError(`tensor "${name}" has more than ${MOST_VARINTS} numbers one by one`);
      } else if (number === 13) {
        const known = place.size;
        await readNote(reader, field, place);
        if (place.size === known) throw new FormatError(`tensor "${name}" is said to lie in two places`);
        const [key] = [...place.keys()].filter((each) => !PLACES.has(each));
        if (key !== undefined) throw new FormatError(`tensor "${name}" has a "${key}" in another file`);
      } else if (number === 3 || number === 16) await reader.skip(field);
      else if (number === 14) external = integerOf(field) === 1;
    },
    MOST_NUMBERS,
  );
  if (dims.some((extent) => extent < 0n || extent > 1n << 40n))
    throw new FormatError(`tensor "${name}" has the shape [${dims.join(", ")}]`);
  const element = ELEMENTS[type];
  if (element === undefined) throw new FormatError(`tensor "${name}" is of the unknown type ${type}`);
  const inFile: StoredData = data ?? { kind: "numbers", numbers };
  return { name, dims: dims.map(Number), type: element, data: external ? externalData(name, place) : inFile };
}

async function readNumber(reader: WireReader, field: Field): Promise<number> {
  const bytes = await reader.bits(field);
  if (bytes.length !== 4 && bytes.length !== 8) throw new FormatError("numbers are kept as something else");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
}

function externalData(tensor: string, place: ReadonlyMap<string, string>): StoredData {
  const location = place.get("location");
  if (!location) throw new FormatError(`tensor "${tensor}" is in another file, and nothing says which`);
  const number = (key: string) => {
    const text = place.get(key);
    if (text !== undefined && !/^\d{1,15}$/.test(text)) throw new FormatError(`tensor "${tensor}" has the ${key} "${text}"`);
    return text === undefined ? undefined : Number(text);
  };
  return { kind: "external", location, offset: number("offset") ?? 0, length: number("length") };
}

/** A key and its value, both texts. */
export async function readNote(reader: WireReader, field: Field, into: Map<string, string>): Promise<void> {
  const note = { key: "", value: "" };
  await reader.fields(message(field), async (part) => {
    if (part.number === 1) note.key = await reader.text(part);
    else if (part.number === 2) note.value = await reader.text(part);
  });
  into.set(note.key, note.value);
}
