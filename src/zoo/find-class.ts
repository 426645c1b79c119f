/** Finds the class that a user means by a name, a number or an identifier. */
import { EngineError } from "../engine/errors.ts";
import { printable } from "../engine/printable.ts";
import type { Labels } from "./labels.ts";

/** Classes that an error lists at most. */
const MOST_OFFERS = 10;

/** Number of single-letter edits between two words, up to the length of the longer one. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}

/**
 * The index of a class given as an index ("281"), an identifier (ImageNet's are WordNet's: "n02123045") or a name ("tabby", "Tabby cat"); a
 * part of a name will do if it fits one class only. Throws UNKNOWN_CLASS with the classes that the name fits, or the closest.
 */
export function findClass(text: string, labels: Labels): number {
  const wanted = text.trim().toLowerCase().replace(/_/g, " ");
  if (/^\d+$/.test(wanted) && Number(wanted) < labels.length) return Number(wanted);
  const names = labels.map((all) => all.toLowerCase().split(", "));
  const matching = (test: (name: string) => boolean) => names.flatMap((all, index) => (all.some(test) ? [index] : []));
  const { identifiers } = labels;
  const identified = identifiers?.indexOf(wanted) ?? -1;
  if (identified >= 0) return identified;
  const exact = matching((name) => name === wanted);
  const partial = exact.length || !wanted ? exact : matching((name) => name.includes(wanted));
  if (partial.length === 1) return partial[0] as number;
  if (partial.length > 1) {
    const identity = (index: number) => (identifiers ? `${index} or ${identifiers[index]}` : index);
    const all = partial.slice(0, MOST_OFFERS).map((index) => `${labels[index]} (${identity(index)})`);
    const more = partial.length > MOST_OFFERS ? `, and ${partial.length - MOST_OFFERS} more` : "";
    throw new EngineError(
      "UNKNOWN_CLASS",
      `"${printable(text)}" fits ${partial.length} classes: ${printable(all.join("; "), 1000)}${more}.`,
      `Choose one by the number${identifiers ? " or WordNet id" : ""} behind its name.`,
    );
  }
  const apart = (all: readonly string[]) => Math.min(...all.map((name) => distance(wanted, name)));
  const close = names.map((all, index) => ({ index, apart: apart(all) })).sort((a, b) => a.apart - b.apart);
  const offers = close.slice(0, 5).map(({ index }) => `${printable(names[index]?.[0] ?? "")} (${index})`);
  throw new EngineError(
    "UNKNOWN_CLASS",
    `There is no class "${printable(text)}".`,
    `Give an index from 0 to ${labels.length - 1}, or one of the names; the closest are: ${offers.join(", ")}.`,
  );
}
