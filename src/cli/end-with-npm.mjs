/** Keeps a command from running on when the npm that started it is gone. */
import { readFileSync } from "node:fs";
import { processFacts } from "./process-facts.mjs";

const LOOK_MILLISECONDS = 500;

/**
 * Ends this process, as SIGTERM does, once the npm that started it is gone. npm hands a signal on to its shell, which dies of it and leaves
 * us behind; killed outright, npm hands on nothing. Without npm, whoever started us may end before us. Returns what ends the watch.
 */
export function endWithNpm() {
  if (!process.env.npm_lifecycle_script?.includes("bin/run.mjs")) return () => {};
  const parent = process.ppid;
  const grandparent = isShell(parent) ? processFacts(parent)?.parent : undefined;
  const timer = setInterval(() => {
    if (process.ppid === parent && (grandparent === undefined || processFacts(parent)?.parent === grandparent)) return;
    clearInterval(timer);
    process.kill(process.pid, "SIGTERM");
  }, LOOK_MILLISECONDS);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * Whether a process is the `sh -c SCRIPT` between npm and us; some shells make way for the script instead.
 * @param {number} pid
 */
function isShell(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0")[1] === "-c";
  } catch {
    return false;
  }
}
