/** Makes the first Ctrl-C end a command in order, and the second one at once. */
import { constants } from "node:os";

/** Where npm's shell gives its place to the command, npm passes on what the terminal has sent already: both arrive within milliseconds. */
const SAME_MILLISECONDS = 500;
/** Windows has no such signal. */
const SIGPIPE = 13;

/**
 * Listens for Ctrl-C and the like: the first signal sets the exit code and calls `onFirst`, a later one ends the process. Returns what a
 * listener of another event may call as if a signal had come.
 */
export function listenForStop(onFirst: (exit: () => never) => void): (signal: NodeJS.Signals) => void {
  let began: number | undefined;
  const stop = (signal: NodeJS.Signals) => {
    const code = 128 + (constants.signals[signal] ?? SIGPIPE);
    if (began === undefined) {
      began = performance.now();
      process.exitCode = code;
      onFirst(() => process.exit(code));
    } else if (performance.now() - began > SAME_MILLISECONDS) process.exit(code);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  return stop;
}
