import { PageError } from "./problem.ts";
import type { Download } from "./state.ts";

/** Where the server keeps each weights file. */
const URLS = import.meta.glob<string>("../../weights/*.safetensors", { query: "?url", import: "default", eager: true });

/**
 * Loads a file of weights/. `onProgress` hears of every piece that arrives, and `undefined` at the end.
 * Throws a PageError where the file is missing or the connection breaks.
 */
export async function fetchWeights(file: string, onProgress: (download: Download | undefined) => void): Promise<ArrayBuffer> {
  const url = URLS[`../../weights/${file}`];
  if (!url) throw new PageError(`The weights file ${file} is not part of this page.`, "Restore it in weights/ and start the server again.");
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
