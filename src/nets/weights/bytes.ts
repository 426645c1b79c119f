/** Files of weights as bytes that are read piece by piece. */

import { EngineError } from "../../engine/errors.ts";
import { describeValue } from "../../engine/printable.ts";
import { type ByteSource, openBlob, openBuffer } from "./byte-source.ts";
import type { RemoteFile } from "./download-options.ts";

export type { ByteSource } from "./byte-source.ts";

/** What weights can be given as: bytes, a file, the address of one (perhaps with its SHA-256), or a source of your own. */
export type BytesInput = ArrayBuffer | ArrayBufferView<ArrayBuffer> | Blob | URL | RemoteFile | ByteSource;

/** Whether it is the address of a file. */
export const isRemote = (input: BytesInput | object): input is URL | RemoteFile =>
  input instanceof URL || (typeof input === "object" && input !== null && "url" in input);

/**
 * Makes a source of any input; `name` is for those without one. An address is read by range requests where its server takes them; a session
 * downloads the whole file instead. Throws BAD_WEIGHTS where it cannot be fetched.
 */
export async function openBytes(input: BytesInput, name: string): Promise<ByteSource> {
  if (typeof input !== "object" || !input) refuse(input);
  if (isRemote(input)) return (await import("./ranges.ts")).openUrl("url" in input ? input.url : input, name);
  if (input instanceof Blob) return openBlob(input, input instanceof File ? input.name : name);
  if (input instanceof ArrayBuffer) return openBuffer(input, name);
  if (ArrayBuffer.isView(input)) return openBuffer(input.buffer.slice(input.byteOffset, input.byteOffset + input.byteLength), name);
  return typeof input.read === "function" ? input : refuse(input);
}

function refuse(input: unknown): never {
  throw new EngineError("BAD_WEIGHTS", `The weights are ${describeValue(input)}.`, "Give bytes, a Blob or File, a URL, or { url }.");
}
