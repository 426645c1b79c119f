import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { init } from "@jsquash/avif/decode.js";

/** What the codec returns; browsers have the class. */
class PlainImageData {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}

let binary: Promise<Uint8Array> | undefined;

/** Makes the AVIF codec, which is made for browsers, ready for one picture. Its memory is freed when the next one is opened. */
export async function openAvifCodec(): Promise<void> {
  globalThis.ImageData ??= PlainImageData as typeof ImageData;
  binary ??= readFile(createRequire(import.meta.url).resolve("@jsquash/avif/codec/dec/avif_dec.wasm"));
  await init({ wasmBinary: await binary } as Parameters<typeof init>[0]);
}
