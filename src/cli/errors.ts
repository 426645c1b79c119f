/** How a command fails: its errors, its exit codes, and the line that the user reads. */

/** `message` says what is wrong, `fix` what to do about it; the engine's own errors carry the same two. */
export class CommandError extends Error {
  override readonly name = "CommandError";

  constructor(
    message: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Exit codes: an explanation without a map, or numbers that are not finite; and any error. A signal adds its number to 128. */
export const EXIT_DEGENERATE = 1;
export const EXIT_ERROR = 2;

/** What Ctrl-C left unfinished, where that is more than can be said of every command. */
export class Interruption extends Error {
  override readonly name = "Interruption";
}

/** `error: WHAT. FIX` for any error, whether it carries a fix or not: one line, unless the fix itself has several, such as a command's. */
export function describeError(error: unknown): string {
  return `error: ${reasonOf(error)}`;
}

/** The same without "error: ", for files. */
export function reasonOf(error: unknown): string {
  const { message, fix } = error instanceof Error ? (error as Error & { fix?: string }) : { message: String(error), fix: undefined };
  const what = oneLine(message).replace(/[.!]?$/, ".");
  return `${what}${fix ? ` ${fix.trim()}` : ""}`;
}

function oneLine(text: string): string {
  return text.trim().replace(/\s*\n\s*/g, " ");
}
