import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CommandError } from "./errors.ts";

export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Reads a file of the weights folder. Throws a CommandError where it is missing. */
export async function readWeights(folder: string, file: string): Promise<ArrayBuffer> {
  const path = join(folder, file);
  const bytes = await readFile(path).catch((cause) => {
    throw new CommandError(
      `The weights file ${path} cannot be read (${cause.code})`,
      "Restore weights/ from the repository, or name its folder with --weights.",
      { cause },
    );
  });
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
}
