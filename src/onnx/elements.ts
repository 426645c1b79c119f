/** Decodes elements of tensors, little-endian as files keep them. */

import { FormatError } from "../nets/weights/format-error.ts";
import { decodeBrain, decodeHalf } from "../nets/weights/half-floats.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Decoded = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

/** Bytes of an element, of the types that are read. */
export const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  ...{ FLOAT: 4, DOUBLE: 8, FLOAT16: 2, BFLOAT16: 2, BOOL: 1 },
  ...{ INT8: 1, UINT8: 1, INT16: 2, UINT16: 2, INT32: 4, UINT32: 4, INT64: 8, UINT64: 8 },
};

type Getter = (view: DataView, at: number) => number;

const WHOLE: Readonly<Record<string, Getter>> = {
  BOOL: (view, at) => (view.getUint8(at) ? 1 : 0),
  INT8: (view, at) => view.getInt8(at),
  UINT8: (view, at) => view.getUint8(at),
  INT16: (view, at) => view.getInt16(at, true),
  UINT16: (view, at) => view.getUint16(at, true),
  INT32: (view, at) => view.getInt32(at, true),
  UINT32: (view, at) => view.getUint32(at, true),
  INT64: (view, at) => Number(view.getBigInt64(at, true)),
  UINT64: (view, at) => Number(view.getBigUint64(at, true)),
};

/** Floats in single precision, whole numbers as doubles. Throws FormatError for types that are not read. */
export function decodeElements(type: string, bytes: Bytes): Decoded {
  const width = ELEMENT_BYTES[type];
  if (width === undefined) throw new FormatError(`elements of type ${type} are not read`);
  // Typed arrays begin at multiples of their elements' size.
  const own = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = own;
  const count = own.length / width;
  if (type === "FLOAT") return new Float32Array(buffer, byteOffset, count);
  if (type === "DOUBLE") return Float32Array.from(new Float64Array(buffer, byteOffset, count));
  if (type === "FLOAT16") return decodeHalf(new Uint16Array(buffer, byteOffset, count));
  if (type === "BFLOAT16") return decodeBrain(new Uint16Array(buffer, byteOffset, count));
  const [get, view] = [WHOLE[type] as Getter, new DataView(buffer, byteOffset, own.length)];
  return Float64Array.from({ length: count }, (_, at) => get(view, at * width));
}
