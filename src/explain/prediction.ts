/** Classifies photos, by themselves or as the first step of an explanation. */

import type { Fit } from "../classify/fit.ts";
import { type GivenPhoto, OpenedPhoto, type Shown, showPhoto, type Verdict } from "../classify/opened-photo.ts";
import { refuseOption } from "../engine/printable.ts";
import type { Profile } from "../engine/profile.ts";
import { checkLogits } from "./finite-results.ts";
import type { Scene } from "./scene.ts";
import type { Loaded } from "./session-state.ts";

/** One class, and how likely the classifier finds it. */
export interface ClassScore {
  index: number;
  label: string;
  probability: number;
}

/** The classifier's verdict on a photo. */
export interface Prediction {
  top5: ClassScore[];
  logits: Float32Array;
  probabilities: Float32Array;
  /** Where `profile` asked for it. */
  profile?: Profile;
}

/** The teacher's verdict on a photo and its likeliest classes. Throws BAD_IMAGE, BAD_OPTION, NOT_FINITE, ABORTED, DEVICE_LOST. */
export async function predict(
  loaded: Loaded,
  photo: GivenPhoto,
  fit: Fit | undefined,
  top: number,
  signal: AbortSignal | undefined,
): Promise<Prediction> {
  const { engine, teacher, crop } = loaded;
  if (!(Number.isInteger(top) && top > 0)) refuseOption("number of classes, top, is", top, "Give a whole number: 1 or more.");
  await showPhoto(engine, photo, teacher.input, fit, crop);
  return rank(loaded, await judge(loaded, photo, signal), top);
}

/** The verdict on a photo that was opened for another input and is in `loaded.crop`. Throws NOT_FINITE, ABORTED, DEVICE_LOST. */
export async function predictAs(loaded: Loaded, photo: OpenedPhoto, signal: AbortSignal | undefined): Promise<Prediction> {
  return rank(loaded, await judge(loaded, photo, signal), 5);
}

/** The verdict on the photo in `loaded.crop`. For a profile it is always computed. */
async function judge(loaded: Loaded, photo: GivenPhoto, signal: AbortSignal | undefined): Promise<Verdict> {
  const { classify, logits, probabilities } = loaded;
  const { classes, labels } = loaded.teacher;
  const ask = async () => {
    await classify.run({ signal });
    const verdict = { logits: await logits.read(classes), probabilities: await probabilities.read(classes) };
    checkLogits(verdict.logits, labels);
    return verdict;
  };
  return photo instanceof OpenedPhoto && !loaded.engine.profiler ? photo.judge(classify, ask) : ask();
}

function rank({ engine, teacher: { labels } }: Loaded, { logits, probabilities }: Verdict, top: number): Prediction {
  const best = engine.work("rank", () => Array.from(logits.keys()).sort((a, b) => (logits[b] as number) - (logits[a] as number)));
  const top5 = best.slice(0, top).map((index) => score(index, probabilities, labels));
  return { top5, logits: logits.slice(), probabilities: probabilities.slice() };
}

/**
 * Brings a photo into a scene, and finds its likeliest classes and the one to explain: the first of them unless told otherwise. Returns the
 * fit, too, which is the classifier's own unless told otherwise, the photo as it was shown, and whether the target's probability is 1/2 or more (see MethodRequest).
 */
export async function prepareScene(
  loaded: Loaded,
  scene: Scene,
  photo: GivenPhoto,
  { target, signal }: { target: number | undefined; signal: AbortSignal | undefined },
  fit: Fit | undefined,
): Promise<{ top5: ClassScore[]; target: ClassScore; above: boolean; fit: Fit; shown: Shown }> {
  const shown = await showPhoto(loaded.engine, photo, loaded.teacher.input, fit, scene.crop, scene.small);
  loaded.crop.copyFrom(scene.crop);
  const { top5, probabilities } = rank(loaded, await judge(loaded, photo, signal), 5);
  const chosen = score(target ?? (top5[0] as ClassScore).index, probabilities, loaded.teacher.labels);
  return { top5, target: chosen, above: chosen.probability >= 0.5, fit: shown.input.resize, shown };
}

function score(index: number, probabilities: Float32Array, labels: readonly string[]): ClassScore {
  return { index, label: labels[index] as string, probability: probabilities[index] as number };
}
