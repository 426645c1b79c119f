import { randomUUID } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Writes files and removes those at the `stale` paths, all or none: each file is a temporary one first, in a folder that is made if need be.
 * Throws what the file system does.
 */
export async function replaceFiles(contents: ReadonlyMap<string, Uint8Array | string>, stale: readonly string[] = []): Promise<void> {
  const temporary = [...contents].map(([path, content]) => ({ path, content, waiting: `${path}.${randomUUID()}.tmp` }));
  for (const { path } of temporary) await mkdir(dirname(path), { recursive: true });
  try {
    for (const { waiting, content } of temporary) await writeFile(waiting, content);
    for (const path of stale) await rm(path, { force: true });
    for (const { waiting, path } of temporary) await rename(waiting, path);
  } catch (error) {
    for (const { waiting } of temporary) await rm(waiting, { force: true }).catch(() => {});
    throw error;
  }
}
