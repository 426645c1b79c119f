import { type Fit, type Photo, preparePhoto, withFit } from "../classify/photo.ts";
import type { Session } from "../explain/session.ts";
import { type EvaluateOptions, type Evaluation, Evaluator } from "./evaluator.ts";

/**
 * Judges maps of a photo (height x width of the teacher's input each, by name) and the yardsticks on the session's teacher. `fit`: as the
 * maps' explanations had it, the classifier's own by default. Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export function evaluate(
  session: Session,
  photo: Photo,
  maps: Readonly<Record<string, ArrayLike<number>>>,
  { fit, ...options }: EvaluateOptions & { fit?: Fit | undefined },
): Promise<Evaluation> {
  const { onProgress, metrics: [metric = "causal"] = [] } = options;
  const onRestart = () => onProgress?.({ metric, done: 0, total: 1, restarting: true });
  return session.lend({ signal: options.signal, onRestart }, async ({ engine, teacher, crop }, { batch, signal, follow }) => {
    await preparePhoto(engine, photo, withFit(teacher.input, fit), crop);
    const evaluator = await Evaluator.create({ engine, teacher, batch });
    try {
      return await evaluator.evaluate(crop, maps, { ...options, signal, onProgress: follow(onProgress) });
    } finally {
      evaluator.dispose();
    }
  });
}
