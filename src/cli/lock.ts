/** Keeps two processes from writing the same file or folder at the same time. */
import { mkdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { lock } from "proper-lockfile";
import { CommandError } from "./errors.ts";
import { refuseLink } from "./partial-file.ts";

/** Milliseconds between two looks at a lock that another process holds. */
const PAUSE = 500;
const GLANCE = 100;
/** How often the owner of a folder shows that it is alive. */
const BEAT = 1000;

export interface Lock {
  /** Aborted where another process took the lock over, as it may after this one slept for long. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Makes this process the only one that writes `path`; waits while another is. The lock is the folder `path`.lock, which its owner keeps
 * fresh: one that a killed process left behind counts for ten seconds only. Throws a CommandError where a link stands in its place.
 */
export async function lockFile(path: string, notify: (line: string) => void, signal: AbortSignal | undefined): Promise<Lock> {
  const lost = new AbortController();
  await refuseLink(`${path}.lock`);
  for (let waiting = false; ; waiting = true) {
    try {
      const release = await lock(path, { realpath: false, onCompromised: (error) => lost.abort(error) });
      // A lock that cannot be released any more is another's, or grows old by itself.
      return { lost: lost.signal, release: () => release().catch(() => {}) };
    } catch (error) {
      if ((error as { code?: string }).code !== "ELOCKED") throw error;
    }
    if (!waiting) notify(`Waiting for another process that downloads ${basename(path)}.`);
    await setTimeout(PAUSE, undefined, { signal });
  }
}

/**
 * Makes this process the only one that writes into a folder, which is made if need be. Throws a CommandError as soon as another process shows
 * that it is alive, a second at most; what a killed one left behind counts for ten.
 */
export async function lockFolder(folder: string, notify: (line: string) => void, signal: AbortSignal): Promise<Lock> {
  const lost = new AbortController();
  const path = join(folder, "run.lock");
  const options = { realpath: false, lockfilePath: path, update: BEAT, onCompromised: (error: Error) => lost.abort(error) };
  const began = performance.now();
  let first: number | undefined;
  for (let waiting = false; ; ) {
    try {
      await mkdir(folder, { recursive: true });
      const release = await lock(folder, options);
      return { lost: lost.signal, release: () => release().catch(() => {}) };
    } catch (error) {
      const { code } = error as { code?: string };
      if (code !== "ELOCKED")
        throw new CommandError(`${folder} cannot be written to (${code})`, "Name another folder with --out.", { cause: error });
    }
    const beat = (await stat(path).catch(() => undefined))?.mtimeMs;
    first ??= beat;
    if (beat !== undefined && first !== undefined && beat !== first) {
      throw new CommandError(`Another process writes into ${folder}`, "Wait until it is done, or name another folder with --out.");
    }
    if (!waiting && performance.now() - began > 2 * BEAT) {
      waiting = true;
      notify(`A process that was killed has left ${path}: waiting until it is ten seconds old.`);
    }
    await setTimeout(GLANCE, undefined, { signal });
  }
}
