/** Lets the engine read a file of weights piece by piece, so that it never is in memory as a whole. */
import { open } from "node:fs/promises";
import { type ByteSource, looksLikeOnnx } from "../faces/all.ts";
import { CommandError } from "./errors.ts";

export interface FileSource extends ByteSource {
  close(): Promise<void>;
}

/** Opens a file of weights; the caller closes it. Throws a CommandError where it cannot be read. */
export async function openFile(path: string): Promise<FileSource> {
  const handle = await open(path).catch((cause) => refuse(path, cause.code, cause));
  const { size } = await handle.stat();
  return {
    name: path,
    size,
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      for (let filled = 0; filled < bytes.length; ) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) refuse(path, "it became shorter meanwhile");
        filled += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

/** Whether a file is an ONNX model, by its name or by how it begins. */
export async function isOnnxFile(path: string): Promise<boolean> {
  if (/\.onnx$/i.test(path)) return true;
  const file = await openFile(path);
  try {
    return looksLikeOnnx(await file.read(0, Math.min(file.size, 16)));
  } finally {
    await file.close();
  }
}

function refuse(path: string, why: string, cause?: unknown): never {
  throw new CommandError(`The weights file ${path} cannot be read (${why})`, "Restore it, or name another with --weights.", { cause });
}
