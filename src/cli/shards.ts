/** Recognises weights that come in several files, and reads their index. */
import { readIndex } from "../faces/all.ts";
import { openFile } from "./file-source.ts";

/** Whether a file is the index of a net that lies in several files, its shards, next to it. */
export function isIndex(path: string): boolean {
  return path.endsWith(".index.json");
}

/** The shards that an index names. Throws BAD_WEIGHTS where it is no index, and a CommandError where it cannot be read. */
export async function readShardNames(path: string): Promise<string[]> {
  const file = await openFile(path);
  try {
    return [...new Set((await readIndex(file)).values())];
  } finally {
    await file.close();
  }
}
