/** Outlasts a database that is away for a while, as it is when it restarts. */
import { setTimeout as sleep } from "node:timers/promises";
import { notify } from "../print.ts";

const PAUSE = 1000;

/** Classes of PostgreSQL's codes that say nothing of the statement: connection, resources, operator's intervention, system; serialisation, deadlock. */
const PASSING = /^(08|53|57|58)|^40(001|P01)$/;
const NETWORK = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"];
/** What the driver says without a code. */
const MESSAGES = /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error/i;

/** Whether the same statement may succeed later. */
export function isPassing(error: unknown): boolean {
  const { code, message = "" } = error as { code?: string; message?: string };
  return (code !== undefined && (NETWORK.includes(code) || (code.length === 5 && PASSING.test(code)))) || MESSAGES.test(message);
}

/** Does `work` again and again until the database answers. Throws what has another reason, and the signal's once that is aborted. */
export async function outlast<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let told = false; ; told = true) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (!told) notify("The database does not answer; trying again every second.");
      signal?.throwIfAborted();
      await sleep(PAUSE, undefined, { signal });
    }
  }
}
