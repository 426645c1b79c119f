/** Loads and frees what a session has on its GPU device. */
import { openNamed } from "../classify/classifier.ts";
import { appendNormalise } from "../classify/compose.ts";
import type { Model, ModelOptions } from "../classify/model.ts";
import { appendSoftmax } from "../classify/softmax.ts";
import { Teacher } from "../classify/teacher.ts";
import { Engine } from "../engine/engine.ts";
import { type EngineError, throwIfAborted } from "../engine/errors.ts";
import { type Plan, PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { imageShape, type Size } from "../nets/input-spec.ts";
import { type Precision, requireHalves } from "../ops/packed-weights.ts";
import { tensorShape } from "../ops/shape.ts";
import type { Vae } from "../zoo/vae.ts";
import { asTuning, type Tuning, type TuningStore, tuningKey } from "./tuning.ts";

/** Bytes of GPU memory that a session takes at most unless told otherwise: enough for VGG16 in f32. */
const DEFAULT_MEMORY = 2 ** 30;
/** File of the generator's weights. */
export const VAE_FILE = "vae.safetensors";

export interface SessionOptions extends ModelOptions {
  /** A device to adopt; it is never destroyed by the session. */
  device?: GPUDevice;
  /** Where a device of our own is requested from; navigator.gpu by default. */
  gpu?: GPU;
  /** Synthetic images that the teacher sees at once; it changes no result. By default as many as the memory allows, up to 32. */
  batch?: number | undefined;
  /** Bytes of GPU memory that the session may take, 2^30 by default. It fails rather than exceed them. */
  memory?: number | undefined;
  /** "f16" keeps the teacher's matrices in half precision, which needs the feature shader-f16; computation stays in f32. */
  precision?: Precision | undefined;
  /**
   * "f16" keeps what the teacher's layers hand on in half precision, which halves their traffic and needs the feature shader-f16; every layer sums
   * in f32. The photo, the logits and what goes back through the teacher (gradients) stay in f32. "f32" by default.
   */
  activations?: Precision | undefined;
  /**
   * Where the outcome of `tune` is kept and taken from when the session is created. Without a store, dense layers are computed in the ways
   * that are usually the fastest until `tune` is called.
   */
  tuning?: TuningStore | undefined;
}

/** What lives on one device; made again when that is lost. */
export interface Loaded {
  engine: Engine;
  teacher: Teacher;
  vae: Vae | undefined;
  crop: Tensor;
  logits: Tensor;
  probabilities: Tensor;
  classify: Plan;
  key: string;
  tuning: Tuning | undefined;
}

/** What a teacher's ways to compute its layers were on a device that is lost. */
export type Former = Pick<Loaded, "tuning"> & { choices: ReadonlyMap<string, string> };

/**
 * Loads the teacher on a device. `former`: what was chosen on a lost one; without it the store is asked. Throws NO_WEBGPU, NO_ADAPTER,
 * BAD_WEIGHTS, LIMIT, OUT_OF_MEMORY.
 */
export async function load(options: SessionOptions, model: Model, former?: Former): Promise<Loaded> {
  const { definition, input, labels, outputs } = model;
  const file = await model.open(options);
  throwIfAborted(options.signal);
  const { precision = "f32", activations = "f32", memory = DEFAULT_MEMORY, device, gpu } = options;
  const engine = await Engine.create({ memory, ...(device && { device }), ...(gpu && { gpu }) });
  const key = tuningKey(engine, sized(definition.name, { ...definition.input, ...input }), precision, activations);
  try {
    requireHalves(engine, { precision, activations });
    const tuning = former ? former.tuning : asTuning(await options.tuning?.load(key));
    const choices = former?.choices ?? new Map(Object.entries(tuning?.choices ?? {}));
    for (const [layer, choice] of choices) engine.choices.set(layer, choice);
    const kept = { precision, activations, input, labels, outputs };
    const load = async () => prepare(engine, await Teacher.load(engine, definition, file, kept));
    try {
      return { engine, key, tuning, ...(await load()) };
    } catch (error) {
      // What was tuned with more memory must not fail with less.
      if (choices.size === 0 || (error as EngineError).code !== "OUT_OF_MEMORY") throw error;
      engine.choices.clear();
      return { engine, key, tuning: undefined, ...(await load()) };
    }
  } catch (error) {
    engine.dispose();
    throw error;
  }
}

/** What tunings are kept under: layers of other sizes have other ones. */
function sized(name: string, { height, width }: Size): string {
  return height === 224 && width === 224 ? name : `${name} ${height}x${width}`;
}

async function prepare(engine: Engine, teacher: Teacher) {
  try {
    return await engine.guard(async () => {
      const scores = tensorShape(1, teacher.net.output.shape);
      const shared = {
        ...{ teacher, vae: undefined, crop: engine.tensor("photo", imageShape(teacher.input)) },
        ...{ logits: engine.tensor("logits", scores), probabilities: engine.tensor("probabilities", scores) },
      };
      return { ...shared, classify: await compileClassify({ engine, ...shared }) };
    });
  } catch (error) {
    teacher.dispose();
    throw error;
  }
}

type Classifier = Pick<Loaded, "engine" | "teacher" | "crop" | "logits" | "probabilities">;

/** The plan that classifies what is in `crop`, normalised as `input` says. */
export function compileClassify({ engine, teacher, crop, logits, probabilities }: Classifier, input = teacher.input): Promise<Plan> {
  const plan = new PlanBuilder(engine, "classify");
  const images = plan.temporary("normalised photo", imageShape(input, 1));
  appendNormalise(plan, input, crop, images);
  teacher.appendLogits(plan, 1, images, logits);
  appendSoftmax(plan, teacher, 1, logits, plan.temporary("label", [1, 4]), {}, probabilities);
  return plan.compile();
}

/** Makes the plan of classifications anew, as its layers' choices and weights have changed. */
export async function recompile(loaded: Loaded): Promise<void> {
  const { classify } = loaded;
  loaded.classify = await loaded.engine.keep(() => compileClassify(loaded));
  classify.dispose();
}

/** Frees all of it, and the device unless it was adopted. */
export function unload({ engine, teacher, vae, ...rest }: Loaded): void {
  teacher.dispose();
  vae?.dispose();
  for (const thing of [rest.classify, rest.crop, rest.logits, rest.probabilities]) thing.dispose();
  engine.dispose();
}

export async function loadVae(engine: Engine, options: SessionOptions): Promise<Vae> {
  const { Vae } = await import("../zoo/vae.ts");
  return Vae.load(engine, await openNamed(VAE_FILE, options));
}
