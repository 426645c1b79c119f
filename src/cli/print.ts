import { forTerminal } from "./escape.ts";

export function printLine(line = ""): void {
  process.stdout.write(`${forTerminal(line)}\n`);
}

/** Everything that is not a result goes to stderr. */
export function notify(line: string): void {
  process.stderr.write(`${forTerminal(line)}\n`);
}
