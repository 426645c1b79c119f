/** Keeps a file that the user has in the browser's store, beside those that were downloaded. */
import { type BytesInput, openBytes } from "./bytes.ts";
import { beginFile, completeFile, PIECE_BYTES, writePiece } from "./kept-files.ts";

/** Copies a file into the store under a name, in the place of what was there. Throws what the browser does where it has no room. */
export async function keepFile(name: string, input: BytesInput): Promise<void> {
  const source = await openBytes(input, name);
  const version = { size: source.size };
  await beginFile(name, version);
  for (let index = 0; index * PIECE_BYTES < source.size; index++) {
    await writePiece(name, index, await source.read(index * PIECE_BYTES, Math.min((index + 1) * PIECE_BYTES, source.size)));
  }
  await completeFile(name, version);
}
