import type { RunOptions } from "../engine/plan.ts";
import type { Session } from "../explain/session.ts";
import { type Fit, type Photo, preparePhoto } from "../nets/photo.ts";
import { type CausalResult, type CausalScores, causal } from "./causal.ts";
import { findProtocol } from "./protocols.ts";
import { Scorer } from "./scorer.ts";
import { YARDSTICKS, type Yardstick, yardstick } from "./yardsticks.ts";

export interface EvaluateOptions extends RunOptions {
  /** Class whose probability the curves show, 0-999: that of the maps' explanations. */
  target: number;
  /** Name of one of PROTOCOLS; "rise-fast" by default. */
  protocol?: string;
  /** As the maps' explanations had it. */
  fit?: Fit;
  /** Of the random grid among the yardsticks; 0 by default. */
  seed?: number;
  /** Of the images that the teacher has seen. */
  onProgress?: (done: number, total: number) => void;
}

export interface Evaluation extends CausalResult {
  /** What maps score that know nothing of the teacher. */
  readonly yardsticks: readonly { readonly name: Yardstick; readonly scores: CausalScores }[];
  /** Images through the teacher. */
  readonly forward: number;
}

/**
 * Deletion and insertion of maps of a photo (224 x 224 each), beside yardsticks, on the session's teacher. Throws BAD_OPTION, BAD_IMAGE,
 * ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function evaluate(
  session: Session,
  photo: Photo,
  maps: readonly ArrayLike<number>[],
  { target, protocol = "rise-fast", fit = "crop", seed = 0, ...options }: EvaluateOptions,
): Promise<Evaluation> {
  const chosen = findProtocol(protocol);
  return session.lend(async ({ engine, teacher, crop }, batch) => {
    await preparePhoto(engine, photo, fit, crop);
    const scorer = await Scorer.create({ engine, teacher, batch });
    try {
      await scorer.show(crop);
      const pixels = await crop.read();
      const known = YARDSTICKS.map((name) => yardstick(name, pixels, seed));
      const { maps: scores, ...rest } = await causal(scorer, [...maps, ...known], chosen, target, options);
      const yardsticks = YARDSTICKS.map((name, i) => ({ name, scores: scores[maps.length + i] as CausalScores }));
      return { ...rest, maps: scores.slice(0, maps.length), yardsticks, forward: scorer.forward };
    } finally {
      scorer.dispose();
    }
  });
}
