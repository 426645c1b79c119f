import { EngineError } from "../engine/errors.ts";
import rows from "./classes.json" with { type: "json" };

/** WordNet identifier and names of every ImageNet-1k class, in index order. */
const SYNSETS = rows as unknown as readonly (readonly [wnid: string, names: string])[];

/** The 1000 ImageNet labels, in index order. */
export const CLASSES: readonly string[] = SYNSETS.map(([, names]) => names);

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
 * The index of a class given as an index ("281"), a WordNet identifier ("n02123045") or a name ("tabby", "Tabby cat"); a part of a name
 * will do if it fits one class only. Throws UNKNOWN_CLASS with the closest names.
 */
export function findClass(text: string): number {
  const wanted = text.trim().toLowerCase().replace(/_/g, " ");
  if (/^\d+$/.test(wanted) && Number(wanted) < SYNSETS.length) return Number(wanted);
  const names = SYNSETS.map(([, all]) => all.toLowerCase().split(", "));
  const matching = (test: (name: string) => boolean) => names.flatMap((all, index) => (all.some(test) ? [index] : []));
  const identified = SYNSETS.findIndex(([wnid]) => wnid === wanted);
  if (identified >= 0) return identified;
  const exact = matching((name) => name === wanted);
  const partial = exact.length || !wanted ? exact : matching((name) => name.includes(wanted));
  if (partial.length === 1) return partial[0] as number;
  const close = names.map((all, index) => ({ index, apart: Math.min(...all.map((name) => distance(wanted, name))) }));
  close.sort((a, b) => a.apart - b.apart);
  const offers = (partial.length ? partial : close.map(({ index }) => index)).slice(0, 5).map((index) => `${names[index]?.[0]} (${index})`);
  const what = partial.length ? `"${text}" fits ${partial.length} classes.` : `There is no class "${text}".`;
  throw new EngineError("UNKNOWN_CLASS", what, `Give an index from 0 to 999, or one of the names; the closest are: ${offers.join(", ")}.`);
}
