/** Names the classes of ImageNet; a page loads it only for nets that have them. */
import rows from "./classes.json" with { type: "json" };
import type { Labels } from "./labels.ts";

const SYNSETS = rows as unknown as readonly (readonly [wnid: string, names: string])[];

/** The 1000 labels of ImageNet-1k, in index order, with their WordNet identifiers. */
export const CLASSES: Labels = Object.assign(
  SYNSETS.map(([, names]) => names),
  { identifiers: SYNSETS.map(([wnid]) => wnid) },
);
