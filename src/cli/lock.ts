import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";
import { lock } from "proper-lockfile";

/** Milliseconds between two looks at a lock that another process holds. */
const PAUSE = 500;

export interface Lock {
  /** Aborted where another process took the lock over, as it may after this one slept for long. */
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/**
 * Makes this process the only one that writes `path`; waits while another is. The lock is the folder `path`.lock, which its owner keeps
 * fresh: one that a killed process left behind counts for ten seconds only.
 */
export async function lockFile(path: string, notify: (line: string) => void, signal: AbortSignal | undefined): Promise<Lock> {
  const lost = new AbortController();
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
