/** What the page asks about a finished map, and what it found. */
import type { Check, CheckReport, CurvePictures, Embedding, Evaluation, Explanation } from "../../faces/all.ts";

/** A question about the map on show: its scores, one of the checks of its method, images like those that it was learned from, the photo to hide parts of. */
export type Question = "scores" | Check | "images" | "pictures";

/** A question under way. */
export interface Judging {
  readonly question: Question;
  /** Of the images or explanations that it takes. */
  readonly done: number;
  readonly total: number;
  readonly stopping: boolean;
  /** The GPU device was lost, and it begins again on another one. */
  readonly restarting: boolean;
}

/** Deletion and insertion of a map and of the random grid, and what they show at every step. */
export interface Scores {
  readonly evaluation: Evaluation;
  readonly pictures: CurvePictures;
}

/** Synthetic images in the plane, with the name of each one's likeliest class. */
export type SyntheticImages = Embedding & { readonly names: readonly string[] };

/** What was found of an explanation, which is the one on show or was. */
export interface Judged {
  readonly explanation: Explanation;
  readonly scores?: Scores;
  /** Synthetic images, in the plane. */
  readonly images?: SyntheticImages;
  /** The photo as the classifier takes it, and blurred. */
  readonly pictures?: CurvePictures;
  /** Of the checks that were made. */
  readonly checks: Pick<CheckReport, Check>;
}

/** What each check takes, so that a reader will wait for it. */
export const EFFORT = { seeds: 3, modules: 4, neighbours: 4 } as const;

/** Synthetic images of the gallery, and how many of them t-SNE takes for neighbours. */
export const GALLERY = { samples: 96, perplexity: 15 } as const;

/** Of the curves. */
export const PROTOCOL = "rise-fast";

/** By the names that the page gives them. */
export const [MAP, RANDOM] = ["map", "random grid"] as const;

/** What was found of the explanation on show; nothing where there is none. */
export function judgedOf({
  judged,
  explanation,
}: {
  judged: Judged | undefined;
  explanation: Explanation | undefined;
}): Judged | undefined {
  return judged && judged.explanation === explanation ? judged : undefined;
}
