/**
 * Folders that are worth nothing without the process that made them: the bundle that it runs from, the profile of its browser. Their names
 * say whose they are, so that a later process can remove what a killed one left, and nothing else.
 */
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { processFacts } from "./process-facts.mjs";

/** Process numbers mean something within one machine and, in containers, one namespace; folders may be shared between several. */
const PLACE = createHash("sha256")
  .update(`${hostname()} ${attempt(() => readlinkSync("/proc/self/ns/pid"))}`)
  .digest("hex")
  .slice(0, 8);

/** The kind of folder that a browser's profile is, in the system's temporary folder. */
export const PROFILE = "relabel-chrome";

/**
 * Makes a folder of a kind, such as "run", within another one, after removing those of the same kind whose processes are gone.
 * @param {string} parent
 * @param {string} kind
 */
export function makeRunFolder(parent, kind) {
  mkdirSync(parent, { recursive: true });
  sweepRunFolders(parent, kind);
  return mkdtempSync(join(parent, `${kind}-${PLACE}-${process.pid}-${processFacts(process.pid)?.start ?? 0}-`));
}

/**
 * Removes a folder. What cannot be removed now is left for the next sweep.
 * @param {string} folder
 */
export function removeRunFolder(folder) {
  // A browser that was killed a moment ago may still be writing.
  attempt(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 }));
}

/**
 * Removes the folders of a kind that this user's processes made and did not live to remove.
 * @param {string} parent
 * @param {string} kind
 */
export function sweepRunFolders(parent, kind) {
  const owned = new RegExp(`^${kind}-${PLACE}-(\\d+)-(\\d+)-\\w+$`);
  for (const name of attempt(() => readdirSync(parent)) ?? []) {
    const [, pid, start] = owned.exec(name) ?? [];
    if (pid === undefined || isRunning(Number(pid), start)) continue;
    const folder = join(parent, name);
    const facts = attempt(() => lstatSync(folder));
    if (facts?.isDirectory() && facts.uid === (process.getuid?.() ?? facts.uid)) removeRunFolder(folder);
  }
}

/**
 * Whether the process that started then still runs: its number alone may be another's by now. Where there is no telling, it does.
 * @param {number} pid
 * @param {string | undefined} start
 */
function isRunning(pid, start) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code !== "ESRCH";
  }
  const facts = processFacts(pid);
  // A zombie has ended, but whoever started it has not asked how.
  return facts === undefined || (facts.state !== "Z" && facts.start === start);
}

/**
 * @template T
 * @param {() => T} work
 */
function attempt(work) {
  try {
    return work();
  } catch {
    return undefined;
  }
}
