/** Protocol buffers as a tree of fields that can be changed and written again, with all lengths right. */

/** A field: a varint, bytes, or fields of its own. */
export interface WireField {
  number: number;
  wire: number;
  varint?: bigint;
  bytes?: Uint8Array;
  fields?: WireField[];
}

/** Which fields of a message are messages, by their numbers. */
export interface Messages {
  readonly [number: number]: Messages;
}

/** Parses a valid message. */
export function parseFields(bytes: Uint8Array, messages: Messages): WireField[] {
  const fields: WireField[] = [];
  let at = 0;
  const varint = () => {
    let [value, shift] = [0n, 0n];
    for (;;) {
      const byte = bytes[at++] as number;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
      shift += 7n;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [number, wire] = [Number(tag >> 3n), Number(tag & 7n)];
    if (wire === 0) {
      fields.push({ number, wire, varint: varint() });
      continue;
    }
    const length = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4;
    const own = bytes.slice(at, at + length);
    at += length;
    const inner = wire === 2 ? messages[number] : undefined;
    fields.push(inner ? { number, wire, fields: parseFields(own, inner) } : { number, wire, bytes: own });
  }
  return fields;
}

export function writeFields(fields: readonly WireField[]): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  const varint = (given: bigint) => {
    let value = BigInt.asUintN(64, given);
    for (; value > 127n; value >>= 7n) out.push(Number(value & 127n) | 128);
    out.push(Number(value));
  };
  for (const { number, wire, varint: value = 0n, bytes, fields: inner } of fields) {
    varint(BigInt(number * 8 + wire));
    if (wire === 0) {
      varint(value);
      continue;
    }
    const own = inner ? writeFields(inner) : (bytes as Uint8Array);
    if (wire === 2) varint(BigInt(own.length));
    for (const byte of own) out.push(byte);
  }
  return Uint8Array.from(out);
}

/** All fields with the lists that they are in. */
export function listed(fields: WireField[]): { field: WireField; list: WireField[] }[] {
  return fields.flatMap((field) => [{ field, list: fields }, ...(field.fields ? listed(field.fields) : [])]);
}
