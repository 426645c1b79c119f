/** Checks methods and metrics that come from outside, so that a mistake is named before anything runs. */
import { EngineError } from "../engine/errors.ts";
import { describeValue } from "../engine/printable.ts";
import type { Parameter } from "./method.ts";

/** What a method and a metric have in common. */
interface Definition {
  readonly name: string;
  readonly title: string;
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly run: unknown;
}

/** Names become parts of file names and fields of results. */
const NAME = /^[\w-]+$/;

/**
 * Makes sure that a definition from outside can be used. `kind`: "method" or "metric"; `taken`: names that it must not have. Throws
 * BAD_OPTION that says what is wrong.
 */
export function checkDefinition(kind: string, definition: Definition, taken: readonly string[]): void {
  const { name, title, parameters, run } = definition;
  const refuse = (what: string, fix: string): never => {
    throw new EngineError("BAD_OPTION", `The ${kind} ${typeof name === "string" ? `"${describeValue(name)}" ` : ""}${what}.`, fix);
  };
  if (typeof name !== "string" || !NAME.test(name))
    refuse(`has the name ${describeValue(name)}`, "Name it by letters, digits, _ and - alone.");
  if (taken.includes(name)) refuse("has a name that is taken", `Choose a name other than: ${taken.join(", ")}.`);
  if (typeof title !== "string" || title === "") refuse("has no title", "Give a `title`, a text that people read.");
  if (typeof run !== "function") refuse("has no function `run`", "Give one; CONTRIBUTING.md has an example.");
  if (typeof parameters !== "object" || parameters === null) refuse("has no parameters", "Give an object `parameters`; {} for none.");
  for (const [key, parameter] of Object.entries(parameters)) {
    const fault = faultOf(parameter);
    if (fault) refuse(`has the parameter "${key}", ${fault}`, "Give a default `value` that its limits allow, and say `what` it is.");
  }
}

function faultOf(parameter: Parameter): string | undefined {
  const { value, low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY, whole, choices, what } = parameter ?? {};
  if (typeof what !== "string") return "which does not say what it is";
  if (typeof value === "string") return choices && !choices.includes(value) ? "whose default is none of its choices" : undefined;
  if (typeof value !== "number") return `whose default is ${describeValue(value)}`;
  return value >= low && value <= high && (!whole || Number.isInteger(value)) ? undefined : "whose default is out of its limits";
}
