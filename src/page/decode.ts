/** The page's side of decoding photos; the worker is decoder.ts. */
import type { DecodeReply, DecodeRequest } from "./decoder.ts";
import { PageError } from "./problem.ts";
import type { DecodedPhoto } from "./state.ts";

/** Decodes a photo in a worker, so that the page stays alive meanwhile. Throws a PageError. */
export async function decodePhoto(file: Blob, name: string): Promise<DecodedPhoto> {
  const worker = new Worker(new URL("./decoder.ts", import.meta.url), { type: "module" });
  try {
    const reply = await new Promise<DecodeReply>((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message || "the decoder could not be loaded"));
      worker.postMessage(file satisfies DecodeRequest);
    });
    if ("problem" in reply) throw new PageError(`${name}: ${reply.problem.message}.`, reply.problem.fix);
    return { name, pixels: reply };
  } finally {
    worker.terminate();
  }
}
