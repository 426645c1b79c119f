/** Photos that cross from a page to its worker. */
import { isPhoto } from "../classify/is-photo.ts";
import { openPicture, type PhotoSource } from "../classify/photo-sources.ts";
import { EngineError } from "../engine/errors.ts";
import type { PackedPhoto } from "./messages.ts";

/**
 * A photo as the worker takes it. Bytes are copied, or moved where the page wants that; a file crosses as it is, and of all else a picture
 * is made first, so that the page may change what it gave. Throws BAD_IMAGE.
 */
export async function packPhoto(source: PhotoSource, move = false): Promise<{ photo: PackedPhoto; memory: Transferable[] }> {
  if (source instanceof URL) return { photo: { url: source.href }, memory: [] };
  if (isPhoto(source)) {
    const { width, height, data } = source;
    return { photo: { source: { width, height, data }, picture: false }, memory: move ? [data.buffer as ArrayBuffer] : [] };
  }
  if (source instanceof Blob) return { photo: { source, picture: false }, memory: [] };
  const picture = await openPicture(source);
  return { photo: { source: picture, picture: true }, memory: [picture] };
}

/** Whether a photo's bytes were moved to the worker: nothing of it is left here. */
export function isMoved(source: unknown): boolean {
  return isPhoto(source) && source.data.length === 0;
}

/** The error of a message that could not be sent. */
export function refusedMessage(cause: unknown): EngineError {
  const { message } = cause as Error;
  return /tainted|origin-clean|cross-origin|not origin/i.test(message)
    ? new EngineError(
        "BAD_IMAGE",
        "The photo may not be read, being from another origin.",
        "Have it sent with CORS, and load it with crossorigin.",
        { cause },
      )
    : new EngineError(
        "BAD_OPTION",
        `A worker cannot be given this: ${message}`,
        'Give plain data, files and functions, or use Session of "relabel" in the page.',
        { cause },
      );
}
