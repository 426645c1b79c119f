/** Makes text and values from outside fit for an error message. */
import { EngineError } from "./errors.ts";

/** Text from a file for a message: control and invisible characters as \u{...}, and cut where it is long. */
export function printable(text: string, most = 80): string {
  let shown = "";
  for (const character of text.slice(0, most + 1)) {
    const next = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(character) ? `\\u{${character.codePointAt(0)?.toString(16)}}` : character;
    if (shown.length + next.length > most) return `${shown}…`;
    shown += next;
  }
  return shown;
}

/** A value of any kind for a message that says it should be another. */
export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function";
  return typeof value === "object" && value !== null ? "an object" : printable(String(value));
}

/** Throws BAD_OPTION: "The signal is 5." and what to do. `what` ends in the verb. */
export function refuseOption(what: string, value: unknown, fix: string): never {
  throw new EngineError("BAD_OPTION", `The ${what} ${describeValue(value)}.`, fix);
}
