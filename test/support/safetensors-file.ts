export interface StoredTensor {
  dtype: string;
  shape: number[];
  bytes: Uint8Array;
}

export const f32 = (shape: number[], values: ArrayLike<number>): StoredTensor => ({
  dtype: "F32",
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
});

/** `bits`: the 16-bit words themselves. */
export const half = (dtype: "F16" | "BF16", shape: number[], bits: ArrayLike<number>): StoredTensor => ({
  dtype,
  shape,
  bytes: new Uint8Array(Uint16Array.from(bits).buffer),
});

/** Lays tensors out one after the other; `edit` may spoil the header before it is written. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, StoredTensor>>,
  edit: (header: Record<string, { dtype?: unknown; shape?: unknown; data_offsets?: unknown }>) => unknown = (header) => header,
): ArrayBuffer {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, bytes }]) => {
      const start = end;
      end += bytes.length;
      return [name, { dtype, shape, data_offsets: [start, end] }];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify(edit(header)));
  const file = new Uint8Array(8 + text.length + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let at = 8 + text.length;
  for (const { bytes } of Object.values(tensors)) {
    file.set(bytes, at);
    at += bytes.length;
  }
  return file.buffer;
}
