/** Evaluates maps on the classifier of a session: what embedders call. */
import type { BatchOption } from "../classify/batch.ts";
import type { Fit } from "../classify/fit.ts";
import { type GivenPhoto, showPhoto } from "../classify/opened-photo.ts";
import type { Teacher } from "../classify/teacher.ts";
import type { Engine } from "../engine/engine.ts";
import type { Lease } from "../explain/explanation.ts";
import type { CallOptions } from "../explain/recovery.ts";
import type { Session } from "../explain/session.ts";
import type { Loaded } from "../explain/session-state.ts";
import { type InputSpec, imageShape } from "../nets/input-spec.ts";
import { checkArguments } from "./check-arguments.ts";
import type { CurvePictures } from "./curve-pictures.ts";
import { checkEvaluate, EVALUATE, type EvaluateOptions, type Evaluation, Evaluator } from "./evaluator.ts";
import { DEFAULT_METRIC, DEFAULT_PROTOCOL } from "./metrics.ts";
import { findProtocol } from "./protocols.ts";

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
  return withEvaluator(
    session,
    photo,
    { fit, signal: options.signal, onRestart },
    async ({ evaluator, engine, teacher, crop, input }, { signal, follow }) => {
      const otherCrop = other === undefined ? undefined : engine.tensor("other photo", imageShape(input));
      try {
        if (other !== undefined && otherCrop) await showPhoto(engine, other, teacher.input, input.resize, otherCrop);
        return await evaluator.evaluate(crop, maps, { ...options, other: otherCrop, signal, onProgress: follow(onProgress) });
      } finally {
        otherCrop?.dispose();
      }
    },
  );
}

/** What decides on the pictures of a curve. */
export interface CurveOptions {
  /** See PROTOCOLS; "rise-fast" by default. */
  protocol?: string | undefined;
  /** As the map's explanation had it, the classifier's own by default. */
  fit?: Fit | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * What deletion and insertion of a map (height x width of the teacher's input) of a photo show at every step, so that a reader can go along the
 * curves of `evaluate`. Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function drawCurves(
  session: Session,
  photo: GivenPhoto,
  map: ArrayLike<number>,
  given: CurveOptions = {},
): Promise<CurvePictures> {
  checkArguments(session, given, "drawCurves", { protocol: 1, fit: 1, signal: 1 });
  const protocol = findProtocol(given.protocol ?? DEFAULT_PROTOCOL);
  return withEvaluator(session, photo, given, ({ evaluator, crop }) => evaluator.drawCurves(crop, map, protocol));
}

/** Lends `work` an evaluator of the session's teacher, which stays for the next call, and the photo on the GPU. */
function withEvaluator<T>(
  session: Session,
  photo: GivenPhoto,
  { fit, ...call }: CallOptions & { fit?: Fit | undefined },
  work: (scene: Loaded & { evaluator: Evaluator; input: InputSpec }, lease: Lease) => Promise<T>,
): Promise<T> {
  return session.lend(call, async (loaded, lease) => {
    const { engine, teacher, crop } = loaded;
    const { input } = await showPhoto(engine, photo, teacher.input, fit, crop);
    const evaluator = await evaluatorOf(engine, teacher, lease.batch);
    try {
      const result = await work({ ...loaded, evaluator, input }, lease);
      engine.idle.keep(evaluator);
      return result;
    } catch (error) {
      evaluator.dispose();
      throw error;
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
