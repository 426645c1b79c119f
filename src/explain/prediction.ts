import { type Fit, type Photo, preparePhoto, withFit } from "../classify/photo.ts";
import type { Profile } from "../engine/profile.ts";
import { checkLogits } from "./finite-results.ts";
import type { Scene } from "./relabel/synthesis.ts";
import type { Loaded } from "./session-state.ts";

export interface ClassScore {
  index: number;
  label: string;
  probability: number;
}

export interface Prediction {
  top5: ClassScore[];
  logits: Float32Array;
  probabilities: Float32Array;
  /** Where `profile` asked for it. */
  profile?: Profile;
}

/** The teacher's verdict on the photo in `loaded.crop`. Throws NOT_FINITE. */
export async function predict(loaded: Loaded, top: number, signal: AbortSignal | undefined): Promise<Prediction> {
  await loaded.classify.run({ signal });
  const { classes, labels } = loaded.teacher;
  const [logits, probabilities] = [await loaded.logits.read(classes), await loaded.probabilities.read(classes)];
  checkLogits(logits, labels);
  const rank = () => Array.from(logits.keys()).sort((a, b) => (logits[b] as number) - (logits[a] as number));
  const best = loaded.engine.work("rank", rank);
  return { top5: best.slice(0, top).map((index) => score(index, probabilities, labels)), logits, probabilities };
}

/**
 * Brings a photo into a scene, and finds its likeliest classes and the one to explain: the first of them unless told otherwise. Returns the
 * fit, too, which is the classifier's own unless told otherwise, and whether the target's probability is 1/2 or more (see MethodRequest).
 */
export async function prepareScene(
  loaded: Loaded,
  scene: Scene,
  photo: Photo,
  { target, signal }: { target: number | undefined; signal: AbortSignal | undefined },
  fit: Fit | undefined,
): Promise<{ top5: ClassScore[]; target: ClassScore; above: boolean; fit: Fit }> {
  const input = withFit(loaded.teacher.input, fit);
  await preparePhoto(loaded.engine, photo, input, scene.crop, scene.small);
  loaded.crop.copyFrom(scene.crop);
  const { top5, probabilities } = await predict(loaded, 5, signal);
  const chosen = score(target ?? (top5[0] as ClassScore).index, probabilities, loaded.teacher.labels);
  return { top5, target: chosen, above: chosen.probability >= 0.5, fit: input.resize };
}

function score(index: number, probabilities: Float32Array, labels: readonly string[]): ClassScore {
  return { index, label: labels[index] as string, probability: probabilities[index] as number };
}
