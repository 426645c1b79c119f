import type { DecodeReply, DecodeRequest } from "./decoder.ts";
import { PageError } from "./problem.ts";
import type { OpenPhoto } from "./state.ts";

/** The command line's bounds: a larger photo gains nothing at the classifier's 224 pixels. */
const MAX_SIDE = 16384;
const MAX_PIXELS = 100_000_000;

const FORMATS = "JPEG, PNG, WebP, AVIF or GIF";

/** Width and height as the file's header gives them, EXIF rotation applied; the browser decodes no pixels for that. */
async function readSize(file: Blob): Promise<{ width: number; height: number } | undefined> {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    const loaded = new Promise<boolean>((resolve) => {
      image.onload = () => resolve(true);
      image.onerror = () => resolve(false);
    });
    image.src = url;
    return (await loaded) ? { width: image.naturalWidth, height: image.naturalHeight } : undefined;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** Throws a PageError for a file that cannot be explained, before it is decoded. */
async function checkFile(file: Blob, name: string): Promise<void> {
  if (file.size === 0) throw new PageError(`${name}: the file is empty (0 bytes).`, "Copy or download the photo again.");
  const size = await readSize(file);
  if (!size) throw new PageError(`${name}: not an image that this browser can read.`, `Give a photo as ${FORMATS}.`);
  const { width, height } = size;
  if (Math.max(width, height) > MAX_SIDE || width * height > MAX_PIXELS) {
    throw new PageError(
      `${name}: ${width} x ${height} pixels is too large (at most ${MAX_SIDE} a side and ${MAX_PIXELS / 1e6} megapixels).`,
      "Scale the photo down first; the classifier sees 224 x 224 pixels of it.",
    );
  }
}

/** Decodes a photo in a worker, so that the page stays alive meanwhile. Throws a PageError. */
export async function decodePhoto(file: Blob, name: string): Promise<OpenPhoto> {
  await checkFile(file, name);
  const worker = new Worker(new URL("./decoder.ts", import.meta.url), { type: "module" });
  try {
    const reply = await new Promise<DecodeReply>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message || "the decoder could not be loaded"));
      worker.postMessage(file satisfies DecodeRequest);
    });
    if ("failure" in reply) {
      throw new PageError(`${name}: the image is damaged (${reply.failure}).`, "Copy or download the photo again, or save it anew.");
    }
    const { width, height, data, view } = reply;
    return { name, pixels: { width, height, data }, view };
  } finally {
    worker.terminate();
  }
}
