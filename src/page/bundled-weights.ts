/** Gets the weights that the page's session asks for, from the page's own server or from this browser. */
import { openKept, type WeightsInput } from "../faces/all.ts";
import { PageError } from "./problem.ts";
import type { Download } from "./state.ts";

/** Where the server keeps each weights file. */
const URLS = import.meta.glob<string>("../../weights/*.safetensors", { query: "?url", import: "default", eager: true });

/** Whether the page's own server has the file. */
export function isBuiltIn(file: string): boolean {
  return `../../weights/${file}` in URLS;
}

/**
 * A file of weights/, or of this browser's store. `onProgress` hears of every piece that arrives from the server, and `undefined` at the
 * end. Throws a PageError where the file is nowhere or the connection breaks.
 */
export async function readWeights(file: string, onProgress: (download: Download | undefined) => void): Promise<WeightsInput> {
  const url = URLS[`../../weights/${file}`];
  if (url) return fetchWeights(file, url, onProgress);
  const stored = await openKept(file);
  if (stored) return stored;
  throw new PageError(
    `The weights file ${file} is neither part of this page nor in this browser.`,
    "Download it under “Classifier”, or restore it in weights/ and start the server again.",
  );
}

async function fetchWeights(file: string, url: string, onProgress: (download: Download | undefined) => void): Promise<ArrayBuffer> {
  onProgress({ file, loaded: 0, total: 0 });
  try {
    const response = await fetch(url);
    if (!response.ok || !response.body) throw new Error(`the server answered ${response.status}`);
    const total = Number(response.headers.get("Content-Length") ?? 0);
    let loaded = 0;
    const counter = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(piece, controller) {
        loaded += piece.byteLength;
        onProgress({ file, loaded, total });
        controller.enqueue(piece);
      },
    });
    return await new Response(response.body.pipeThrough(counter)).arrayBuffer();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PageError(`The weights file ${file} could not be loaded (${reason}).`, "Check the connection and reload the page.", {
      cause,
    });
  } finally {
    onProgress(undefined);
  }
}
