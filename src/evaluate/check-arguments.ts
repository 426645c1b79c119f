/** What evaluate(), check() and embed() have in common to refuse. */
import { EngineError } from "../engine/errors.ts";
import { describeValue, refuseOption } from "../engine/printable.ts";
import { checkOptions } from "../explain/call-options.ts";
import { Session } from "../explain/session.ts";

/**
 * Throws BAD_OPTION where the session is none, or the options are something else. `what`: who takes the options; `names`: those that they may
 * have.
 */
export function checkArguments(session: unknown, options: unknown, what: string, names: Readonly<Record<string, 0 | 1>>): void {
  if (typeof (session as { evaluate?: unknown } | undefined)?.evaluate === "function")
    throw new EngineError("BAD_OPTION", "The session is in a worker.", `Call ${what}() of the session itself.`);
  if (!(session instanceof Session)) refuseOption("session is", session, "Give what Session.create of relabel resolves to, first.");
  checkOptions(options, what, names);
}

/** Throws BAD_OPTION where what should be a list is none, or has an entry that is none of `known`. `what`: an entry, such as "check". */
export function checkList(what: string, given: unknown, known: readonly string[]): void {
  if (!Array.isArray(given)) refuseOption(`${what}s are`, given, `Give a list; there are: ${known.join(", ")}.`);
  const wrong = given.find((entry) => !known.includes(entry));
  if (given.some((entry) => !known.includes(entry)))
    throw new EngineError("BAD_OPTION", `There is no ${what} "${describeValue(wrong)}".`, `Choose among: ${known.join(", ")}.`);
}
