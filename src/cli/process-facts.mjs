/** Looks up other processes: whether they live, who started them and when. */
import { readFileSync } from "node:fs";

/**
 * The state, the parent and the time of the start (in ticks since the machine's) of a process; none where the system has no /proc.
 * @param {number} pid
 */
export function processFacts(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the name, in parentheses, and may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0], parent: Number(fields[1]), start: fields[19] };
  } catch {
    return undefined;
  }
}
