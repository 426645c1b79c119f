/** Tells ONNX models from weights before anything of either is loaded. */

/** Whether a file is an ONNX model, by how it begins: the version of the format, then another of its fields. `head`: 16 bytes. */
export function looksLikeOnnx(head: Uint8Array): boolean {
  const [first, version = 0, next = 0] = head;
  // A safetensors file may begin alike, and then has an opening brace.
  return first === 0x08 && version > 0 && version < 0x20 && next % 8 === 2 && next < 0x80 && head[8] !== 0x7b;
}
