/** Refuses options that do not exist, which a misspelt name would otherwise leave without effect. */
import { EngineError } from "./errors.ts";
import { printable, refuseOption } from "./printable.ts";

/** Every name of a type of options, held to it by `satisfies`; 0 for those that are still taken and no longer offered. */
export type Names<Options> = Record<keyof Options & string, 0 | 1>;

/** Throws BAD_OPTION for what is no object, and for a name that `known` lacks; what is undefined is not given. `what`: who takes them, such as "explain". */
export function checkNames(what: string, given: unknown, known: object): void {
  if (typeof given !== "object" || !given) refuseOption(`options of ${what} are`, given, "Give an object, or nothing.");
  const wrong = Object.entries(given).find(([name, value]) => value !== undefined && !Object.hasOwn(known, name));
  if (!wrong) return;
  const offered = Object.entries(known).flatMap(([name, kind]) => (kind === 0 ? [] : [name]));
  throw new EngineError("BAD_OPTION", `${what} has no option "${printable(wrong[0])}".`, `It takes: ${offered.join(", ")}.`);
}
