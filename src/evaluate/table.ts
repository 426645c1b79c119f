import type { CausalScores } from "./causal.ts";
import { type Estimate, estimate, pairedDifference } from "./statistics.ts";

/** One map of one photo, scored: a method's, or a yardstick's. */
export interface ScoredMap {
  readonly name: string;
  readonly title: string;
  /** Absent where there was no map, and `degenerate` says why. */
  readonly scores?: CausalScores;
  readonly degenerate?: string;
  readonly passes: { readonly forward: number; readonly backward: number };
  readonly seconds: number;
}

/** All that was measured of a photo. */
export interface PhotoScores {
  readonly image: string;
  /** Pixels replaced at every point of every curve. */
  readonly replaced: readonly number[];
  readonly maps: readonly ScoredMap[];
}

/** A method over all photos that it drew a map of. */
export interface TableRow {
  readonly name: string;
  readonly title: string;
  readonly photos: number;
  /** Area under the deletion curve; lower is better. */
  readonly deletion: Estimate;
  /** Area under the insertion curve; higher is better. */
  readonly insertion: Estimate;
  /** Insertion minus deletion. */
  readonly difference: Estimate;
  /** Means a photo. */
  readonly seconds: number;
  readonly forward: number;
  readonly backward: number;
  /** How much insertion minus deletion is above the reference's, photo by photo. Absent for the reference itself. */
  readonly against?: Estimate;
}

export interface Table {
  /** Name of the row that the others are held against. */
  readonly reference: string;
  readonly rows: readonly TableRow[];
}

/** A row for every name, in the order of the first photo. `reference`: a name of a row, or the first row where there is none of it. */
export function tabulate(photos: readonly PhotoScores[], reference: string): Table {
  const maps = photos.flatMap((photo) => photo.maps);
  const names = [...new Set(maps.map(({ name }) => name))];
  const against = names.includes(reference) ? reference : (names[0] ?? reference);
  return { reference: against, rows: names.map((name) => rowOf(photos, name, against)) };
}

function rowOf(photos: readonly PhotoScores[], name: string, reference: string): TableRow {
  const all = photos.flatMap(({ maps }) => maps.filter((map) => map.name === name));
  const scored = all.flatMap(({ scores }) => scores ?? []);
  const pairs = photos.flatMap(({ maps }) => {
    const [own, other] = [name, reference].map((wanted) => maps.find((map) => map.name === wanted)?.scores);
    return own && other ? [[own.difference, other.difference] as const] : [];
  });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return {
    name,
    title: (all[0] as ScoredMap).title,
    photos: scored.length,
    deletion: estimate(scored.map(({ deletion }) => deletion.area)),
    insertion: estimate(scored.map(({ insertion }) => insertion.area)),
    difference: estimate(scored.map(({ difference }) => difference)),
    seconds: mean(all.map(({ seconds }) => seconds)),
    forward: mean(all.map(({ passes }) => passes.forward)),
    backward: mean(all.map(({ passes }) => passes.backward)),
    ...(name === reference || pairs.length === 0
      ? {}
      : {
          against: pairedDifference(
            pairs.map(([own]) => own),
            pairs.map(([, other]) => other),
          ),
        }),
  };
}

/** Probabilities of the target, averaged over the photos. */
export interface MeanCurves {
  readonly deletion: readonly number[];
  readonly insertion: readonly number[];
}

/** The curves of a row, averaged over its photos (the paper's Figs. 5 and 6); undefined where it drew no map. */
export function meanCurves(photos: readonly PhotoScores[], name: string): MeanCurves | undefined {
  const scores = photos.flatMap(({ maps }) => maps.filter((map) => map.name === name).flatMap((map) => map.scores ?? []));
  const [first] = scores;
  if (!first) return undefined;
  const average = (which: "deletion" | "insertion") =>
    first[which].probabilities.map(
      (_, at) => scores.reduce((sum, score) => sum + (score[which].probabilities[at] as number), 0) / scores.length,
    );
  return { deletion: average("deletion"), insertion: average("insertion") };
}
