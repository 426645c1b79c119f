/** Writes tensors as a safetensors file, so that a net built in code loads like any other. */

/** Values of a tensor in C order, and its shape. */
export interface TensorValues {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** A safetensors file of these tensors, in F32. */
export function encodeSafetensors(tensors: Readonly<Record<string, TensorValues>>): ArrayBuffer {
  let end = 0;
  const header = Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, values }]) => {
      const start = end;
      end += values.byteLength;
      return [name, { dtype: "F32", shape, data_offsets: [start, end] }];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify(header));
  const origin = 8 + text.length;
  const file = new Uint8Array(origin + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true);
  file.set(text, 8);
  let at = origin;
  for (const { values } of Object.values(tensors)) {
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return file.buffer;
}
