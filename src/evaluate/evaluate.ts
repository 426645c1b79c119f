import type { Session } from "../explain/session.ts";
import { type Fit, type Photo, preparePhoto } from "../nets/photo.ts";
import { type EvaluateOptions, type Evaluation, Evaluator } from "./evaluator.ts";

/**
 * Judges maps of a photo (224 x 224 each, by name) and the yardsticks on the session's teacher. `fit`: as the maps' explanations had it, crop
 * by default. Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export function evaluate(
  session: Session,
  photo: Photo,
  maps: Readonly<Record<string, ArrayLike<number>>>,
  { fit = "crop", ...options }: EvaluateOptions & { fit?: Fit | undefined },
): Promise<Evaluation> {
  return session.lend(async ({ engine, teacher, crop }, { batch }) => {
    await preparePhoto(engine, photo, fit, crop);
    const evaluator = await Evaluator.create({ engine, teacher, batch });
    try {
      return await evaluator.evaluate(crop, maps, options);
    } finally {
      evaluator.dispose();
    }
  });
}
