/** What the schemas of several kinds of files share: parts, and the words for what is wrong. */
import * as v from "valibot";

/** A whole number from 0 on. */
export const count = v.pipe(v.number(), v.integer("a whole number"), v.minValue(0, "0 or more"));
export const adapter = v.object({ vendor: v.string(), architecture: v.string(), description: v.string(), software: v.boolean() });

/** Characters of a wrong value that a message shows. */
const SHOWN = 40;

/** What is wrong, without a full stop: `the field "a.b" is missing`. */
export function describeIssue({ kind, path, expected, input, message }: v.BaseIssue<unknown>): string {
  const field = (path ?? []).map(({ key }) => String(key)).join(".");
  const named = field === "" ? "the content" : `the field ${JSON.stringify(field)}`;
  if (input === undefined) return `${named} is missing`;
  // Checks of a value's content have messages for people.
  return `${named} should be ${kind === "schema" ? expected : message}, and is ${shorten(JSON.stringify(input))}`;
}

function shorten(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
}
