/** The photo that comes through standard input, whose name on the command line is "-". */
import { PictureError } from "../pictures/errors.ts";
import { MAX_BYTES } from "../pictures/limits.ts";

export const STDIN = "-";

let content: Promise<Uint8Array> | undefined;

/** All of standard input, which is read once. Throws a PictureError at a terminal, where nothing would ever come, and for too much. */
export function readStdin(): Promise<Uint8Array> {
  content ??= read(process.stdin);
  return content;
}

async function read(input: NodeJS.ReadStream): Promise<Uint8Array> {
  if (input.isTTY) throw new PictureError("it is the keyboard", "Pipe a photo into the command, or name its file.");
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of input) {
    size += part.length;
    // What is longer than a photo may be, may have no end.
    if (size > MAX_BYTES) break;
    parts.push(part);
  }
  return Buffer.concat(parts, Math.min(size, MAX_BYTES + 1));
}
