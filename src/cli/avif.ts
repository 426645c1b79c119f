/** Lets the AVIF codec, which is written for browsers, run in Node. */
import { readFile } from "node:fs/promises";
import { init } from "@jsquash/avif/decode.js";
import { assetPath } from "./assets.ts";

/** What the codec returns; browsers have the class. */
class PlainImageData {
  constructor(
    readonly data: Uint8ClampedArray,
    readonly width: number,
    readonly height: number,
  ) {}
}

let binary: Promise<Uint8Array> | undefined;

/** Makes the codec ready for one picture. Its memory is freed when the next one is opened. */
export async function openAvifCodec(): Promise<void> {
  globalThis.ImageData ??= PlainImageData as typeof ImageData;
  binary ??= readFile(assetPath("@jsquash/avif/codec/dec/avif_dec.wasm"));
  await init({ wasmBinary: await binary } as Parameters<typeof init>[0]);
}
