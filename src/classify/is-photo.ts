/** Tells bytes from what has to be decoded first. */
import type { Photo } from "./photo.ts";

/** Whether these are bytes with their size, as ImageData is, too. */
export function isPhoto(source: unknown): source is Photo {
  return typeof source === "object" && source !== null && ArrayBuffer.isView((source as Photo).data);
}
