/** What the checks of arguments share: words for what was given, and the plain kinds of values. */
import { EngineError } from "../errors.ts";
import { printable } from "../printable.ts";

/** A value of any kind for a message: text in quotes, short lists as they are, objects by their kind. */
export function given(value: unknown): string {
  if (typeof value === "string") return `"${printable(value)}"`;
  if (Array.isArray(value)) return value.length > 4 ? `a list of ${value.length}` : `[${Array.from(value, inList).join(", ")}]`;
  if (typeof value === "function") return "a function";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return printable(String(value));
  // Not the constructor's name, which builds shorten.
  const name = Object.prototype.toString.call(value).slice("[object ".length, -1);
  if (name === "Object") return "an object";
  return `${/^[AEIO]/.test(name) ? "an" : "a"} ${printable(name)}`;
}

const inList = (value: unknown): string => (Array.isArray(value) ? "a list" : given(value));

/** Gives a class a name that builds do not shorten. */
export function nameClass(type: { readonly prototype: object }, name: string): void {
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: name, configurable: true });
}

/** Throws INVALID. `what` is a sentence without its full stop. */
export function refuse(what: string, fix: string, code = "INVALID"): never {
  throw new EngineError(code, `${what}.`, fix);
}

/** Throws where `holds` does not. `what` ends in the verb, and what was given follows. */
export function ensure(holds: boolean, what: string, value: unknown, fix: string): void {
  if (!holds) refuse(`${what} ${given(value)}`, fix);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whole, and from `least` to `most`. */
export function isWhole(value: unknown, least: number, most = Number.MAX_SAFE_INTEGER): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most;
}

export function ensureText(what: string, value: unknown, fix = "Give a string."): void {
  ensure(typeof value === "string", what, value, fix);
}

export function ensureFunction(what: string, value: unknown, fix: string): void {
  ensure(typeof value === "function", what, value, fix);
}

/** Throws where an object has a name that none of its readers knows. */
export function ensureKnown(what: string, value: object, known: readonly string[]): void {
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) refuse(`${what} no ${given(unknown)}`, `Choose of: ${known.join(", ") || "none"}.`);
}
