/** Reads what the scripts of reference/ write: F32 and U8 tensors, and a JSON document in the metadata of a safetensors file. */

export interface Golden {
  /** What the vectors are of. */
  facts: unknown;
  tensors: ReadonlyMap<string, { shape: readonly number[]; values: Float32Array | Uint8Array }>;
}

export function parseGolden(data: ArrayBuffer): Golden {
  const origin = 8 + Number(new DataView(data).getBigUint64(0, true));
  const { __metadata__: metadata, ...entries } = JSON.parse(new TextDecoder().decode(data.slice(8, origin)));
  const tensors = new Map<string, { shape: readonly number[]; values: Float32Array | Uint8Array }>();
  for (const [key, entry] of Object.entries(entries)) {
    const { dtype, shape, data_offsets: offsets } = entry as { dtype: string; shape: number[]; data_offsets: [number, number] };
    const bytes = data.slice(origin + offsets[0], origin + offsets[1]);
    tensors.set(key, { shape, values: dtype === "U8" ? new Uint8Array(bytes) : new Float32Array(bytes) });
  }
  return { facts: JSON.parse(metadata.golden), tensors };
}
