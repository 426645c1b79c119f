/** Bytes that are read piece by piece, wherever they are. */

/** A file of weights that never needs to be in memory as a whole. */
export interface ByteSource {
  /** What errors call it, such as a file's name. */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  /** Bytes `start` to `end`, the latter excluded; both lie within the size. */
  read(start: number, end: number): Promise<Uint8Array<ArrayBuffer>>;
}

export function openBuffer(data: ArrayBuffer, name: string): ByteSource {
  // A copy, since a tensor may start at any byte and typed arrays may not.
  return { name, size: data.byteLength, read: async (start, end) => new Uint8Array(data.slice(start, end)) };
}

export function openBlob(blob: Blob, name: string): ByteSource {
  return { name, size: blob.size, read: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()) };
}
