/** Tells whether a classifier can be used at once, or what must be downloaded first. */
import type { TeacherDefinition } from "../faces/all.ts";
import { isBuiltIn } from "./bundled-weights.ts";
import { megabytes } from "./format.ts";
import { isOpenedModel, type State } from "./state.ts";

/** What of a teacher's weights is at hand. */
export interface Holding {
  /** Whether the teacher can be used without a download. */
  ready: boolean;
  /** Where its weights are, or how much is to be downloaded. */
  words: string;
  /** What a press of the button brings about; absent where nobody publishes the weights, and the user has opened no file of them. */
  action?: string;
}

/** Looks where the weights would be taken from: a file that the user opened comes first. */
export function holdingOf({ name, file, hub }: TeacherDefinition, { opened, stored }: Pick<State, "opened" | "stored">): Holding {
  const own = opened.get(name);
  if (isOpenedModel(own)) return { ready: true, words: "your model", action: "Use it" };
  if (own) return { ready: true, words: `from ${own.name}`, action: "Use it" };
  if (isBuiltIn(file)) return { ready: true, words: "built in", action: "Use it" };
  if (!hub) return { ready: false, words: "open its weights" };
  // What an earlier version took from a mirror need not be the file that is known now.
  const here = stored.find((weights) => weights.file === file && (hub.sha256 ?? weights.sha256) === weights.sha256);
  if (here?.complete) return { ready: true, words: `in this browser, ${megabytes(here.size)}`, action: "Use it" };
  if (!here?.stored) return { ready: false, words: `download ${hub.megabytes} MB`, action: `Download ${hub.megabytes} MB` };
  const words = `${megabytes(here.stored)} of ${megabytes(here.size)} here`;
  return { ready: false, words, action: `Download the other ${megabytes(here.size - here.stored)}` };
}
