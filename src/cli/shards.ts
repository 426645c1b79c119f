import { readFile } from "node:fs/promises";

/** Whether a file is the index of a net whose tensors lie in several files, its shards, beside it. */
export function isIndex(path: string): boolean {
  return path.endsWith(".index.json");
}

/** The shards that an index names; none where it is no index, which the engine says better when it reads it. */
export async function readShardNames(path: string): Promise<string[]> {
  try {
    const { weight_map: map } = JSON.parse(await readFile(path, "utf8"));
    return [...new Set(Object.values(map).map(String))].filter((name) => /^[\w.-]+$/.test(name));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return [];
    throw error;
  }
}
