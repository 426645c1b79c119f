/** Draws in a page whatever can be drawn, so that any image or video frame can be the photo. */
import { EngineError } from "../engine/errors.ts";
import { describeValue } from "../engine/printable.ts";
import type { Photo } from "./photo.ts";
import { whiteCanvas } from "./white-canvas.ts";

/** What a photo can be given as: RGBA bytes with their size, or in a page anything that can be drawn, a file of it, or its address. */
export type PhotoSource =
  | Photo
  | Blob
  | URL
  | ImageData
  | ImageBitmap
  | HTMLImageElement
  | HTMLCanvasElement
  | OffscreenCanvas
  | HTMLVideoElement
  | VideoFrame;

/** The source's pixels, upright, transparent ones on white. Throws BAD_IMAGE where it cannot be read, or where there is nothing to draw with. */
export async function takePhoto(source: Exclude<PhotoSource, Photo>): Promise<Photo> {
  const bitmap = await openPicture(source);
  try {
    const { width, height } = bitmap;
    const context = whiteCanvas(width, height);
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, width, height);
    return { width, height, data };
  } catch (cause) {
    throw unreadable("may not be read, being from another origin", "Have it sent with CORS, and load it with crossorigin.", cause);
  } finally {
    bitmap.close();
  }
}

/** The source as it can be drawn, upright. `address`: where it was downloaded from, for errors. Throws BAD_IMAGE. */
export async function openPicture(source: Exclude<PhotoSource, Photo>, address?: URL): Promise<ImageBitmap> {
  if (typeof source !== "object" || source === null) {
    throw new EngineError(
      "BAD_IMAGE",
      `The photo is ${describeValue(source)}.`,
      "Give a File, Blob or URL object, an image, canvas or video, or RGBA bytes as { width, height, data }.",
    );
  }
  if (typeof OffscreenCanvas === "undefined") {
    throw new EngineError("BAD_IMAGE", "Images are decoded in browsers only.", "Give RGBA bytes as { width, height, data }.");
  }
  return source instanceof URL ? decode(await downloadPhoto(source), source) : decode(source, address);
}

/** The file at an address. Throws BAD_IMAGE; what `signal` was aborted with. */
export async function downloadPhoto(url: URL, signal?: AbortSignal): Promise<Blob> {
  const response = await fetch(url, { signal: signal ?? null }).catch((cause) => {
    signal?.throwIfAborted();
    throw unreadable(`cannot be loaded from ${url}`, "Check the address and the connection.", cause);
  });
  if (!response.ok) throw unreadable(`cannot be loaded from ${url}: the server answered ${response.status}`, "Check the address.");
  return response.blob();
}

async function decode(source: Exclude<PhotoSource, Photo | URL>, address?: URL): Promise<ImageBitmap> {
  try {
    // Workers have no elements.
    if (typeof HTMLImageElement !== "undefined" && source instanceof HTMLImageElement) await source.decode();
    return await createImageBitmap(source as ImageBitmapSource);
  } catch (cause) {
    const { describePhoto } = await import("./describe-photo.ts");
    const { what, fix } = describePhoto(source, address);
    throw unreadable(what, fix, cause);
  }
}

function unreadable(what: string, fix: string, cause?: unknown): EngineError {
  return new EngineError("BAD_IMAGE", `The photo ${what}.`, fix, { cause });
}
