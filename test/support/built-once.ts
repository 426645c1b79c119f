import { existsSync } from "node:fs";
import { mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { inject } from "vitest";

/** A folder that files of tests share, made by the first of them that asks for it, and removed when all have run. */
export async function builtOnce(name: string, make: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = join(inject("bundle"), name);
  if (existsSync(folder)) return folder;
  const made = await mkdtemp(`${folder}-`);
  await make(made);
  // Another worker may have been as quick.
  await rename(made, folder).catch(() => rm(made, { recursive: true }));
  return folder;
}
