/** Evaluates maps on the classifier of a session: what embedders call. */
import type { BatchOption } from "../classify/batch.ts";
import { type GivenPhoto, showPhoto } from "../classify/opened-photo.ts";
import type { Fit } from "../classify/photo.ts";
import type { Teacher } from "../classify/teacher.ts";
import type { Engine } from "../engine/engine.ts";
import type { Session } from "../explain/session.ts";
import { imageShape } from "../nets/input-spec.ts";
import { checkArguments } from "./check-arguments.ts";
import { checkEvaluate, EVALUATE, type EvaluateOptions, type Evaluation, Evaluator } from "./evaluator.ts";
import { DEFAULT_METRIC } from "./metrics.ts";

/**
 * Judges maps of a photo (height x width of the teacher's input each, by name) and the yardsticks on the session's teacher. `fit`: as the
 * maps' explanations had it, the classifier's own by default. Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function evaluate(
  session: Session,
  photo: GivenPhoto,
  maps: Readonly<Record<string, ArrayLike<number>>>,
  given: EvaluateOptions & { fit?: Fit | undefined },
): Promise<Evaluation> {
  checkArguments(session, given, "evaluate", { ...EVALUATE, fit: 1 });
  checkEvaluate(given);
  const { fit, other, ...options } = given;
  const { onProgress, metrics: [first = DEFAULT_METRIC] = [] } = options;
  const metric = typeof first === "string" ? first : first.name;
  const onRestart = () => onProgress?.({ metric, done: 0, total: 1, restarting: true });
  return session.lend({ signal: options.signal, onRestart }, async ({ engine, teacher, crop }, { batch, signal, follow }) => {
    const { input } = await showPhoto(engine, photo, teacher.input, fit, crop);
    const evaluator = await evaluatorOf(engine, teacher, batch);
    const otherCrop = other === undefined ? undefined : engine.tensor("other photo", imageShape(input));
    try {
      if (other !== undefined && otherCrop) await showPhoto(engine, other, teacher.input, input.resize, otherCrop);
      const evaluation = await evaluator.evaluate(crop, maps, { ...options, other: otherCrop, signal, onProgress: follow(onProgress) });
      engine.idle.keep(evaluator);
      return evaluation;
    } catch (error) {
      evaluator.dispose();
      throw error;
    } finally {
      otherCrop?.dispose();
    }
  });
}

/** The evaluator of an earlier call, if it is still there, else a new one. */
async function evaluatorOf(engine: Engine, teacher: Teacher, batch: BatchOption): Promise<Evaluator> {
  const idle = engine.idle.take();
  if (idle instanceof Evaluator && idle.serves(teacher, batch)) return idle;
  idle?.dispose();
  return Evaluator.create({ engine, teacher, batch });
}
