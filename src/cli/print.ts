/** The two ways out: results go to stdout, all other lines to stderr, made safe for a terminal. */
import { forTerminal } from "./escape.ts";

export function printLine(line = ""): void {
  process.stdout.write(`${forTerminal(line)}\n`);
}

/** Prints a line that is not a result. */
export function notify(line: string): void {
  process.stderr.write(`${forTerminal(line)}\n`);
}
