/** Replaces files all together or not at all, so that a failed command leaves the earlier ones as they were. */
import { randomUUID } from "node:crypto";
import { copyFile, link, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Of one length whatever the file is called, so that a name which is just short enough remains so. */
const TEMPORARY = /^\.relabel-[\da-f-]{36}\.tmp$/;

/** Whether a name is one of `replaceFiles`' own, which a killed process may leave behind. */
export function isTemporary(name: string): boolean {
  return TEMPORARY.test(name);
}

/** A new name that `isTemporary` knows. */
export function temporaryName(): string {
  return `.relabel-${randomUUID()}.tmp`;
}

/** What a file is to hold, or what makes that when it is the file's turn: pieces, or all of it. */
export type Content = Uint8Array | string | (() => Promise<string> | AsyncIterable<string>);

/**
 * Writes files and removes those at the `stale` paths, all or none: each is a temporary file first, in a folder that is made if need be, and
 * what was replaced before an error is put back. Throws what the file system does.
 */
export async function replaceFiles(contents: ReadonlyMap<string, Content>, stale: readonly string[] = []): Promise<void> {
  const temporary = (path: string) => join(dirname(path), temporaryName());
  const waiting = new Map([...contents.keys()].map((path) => [path, temporary(path)]));
  const former = new Map([...contents.keys(), ...stale].map((path) => [path, temporary(path)]));
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const path of contents.keys()) await mkdir(dirname(path), { recursive: true });
    for (const [path, content] of contents) {
      await writeFile(waiting.get(path) as string, typeof content === "function" ? await content() : content, { flag: "wx" });
    }
    for (const [path, kept] of former) if (!(await keep(path, kept))) former.delete(path);
    for (const [path, ready] of [...stale.map((path) => [path, undefined] as const), ...waiting]) {
      await (ready === undefined ? rm(path, { force: true }) : rename(ready, path));
      const kept = former.get(path);
      undo.unshift(() => (kept === undefined ? rm(path, { force: true }) : rename(kept, path)));
    }
  } catch (error) {
    for (const step of undo) await step().catch(() => {});
    throw error;
  } finally {
    for (const path of [...waiting.values(), ...former.values()]) await rm(path, { force: true }).catch(() => {});
  }
}

/** Gives a file a second name, or a copy where the file system has no links. Resolves to whether there is such a file. */
async function keep(path: string, kept: string): Promise<boolean> {
  try {
    await link(path, kept).catch((error) => (error.code === "ENOENT" ? Promise.reject(error) : copyFile(path, kept)));
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "ENOENT") return false;
    throw error;
  }
}
