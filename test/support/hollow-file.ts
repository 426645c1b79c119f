import type { ByteSource } from "../../src/nets/weights/bytes.ts";

/** A source that has a header and pretends to have the data behind it. */
export function hollow(shapes: Record<string, number[]>, name: string): ByteSource {
  let at = 0;
  const header: Record<string, unknown> = {};
  for (const [key, shape] of Object.entries(shapes)) {
    const bytes = 4 * shape.reduce((product, extent) => product * extent, 1);
    header[key] = { dtype: "F32", shape, data_offsets: [at, at + bytes] };
    at += bytes;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const head = new Uint8Array(8 + text.length);
  new DataView(head.buffer).setBigUint64(0, BigInt(text.length), true);
  head.set(text, 8);
  return { name, size: head.length + at, read: async (start: number, end: number) => head.slice(start, end) };
}
