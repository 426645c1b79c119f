import type { AdapterInfo } from "../engine/adapter.ts";
import { type Ceilings, measureCeilings } from "../engine/ceilings.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import type { Profile } from "../engine/profile.ts";
import { profiled } from "../engine/profiler.ts";
import { Stopwatch } from "../engine/stopwatch.ts";
import { CLASSES } from "../nets/classes.ts";
import { type Fit, type Photo, preparePhoto } from "../nets/photo.ts";
import { INPUT_SIZE } from "../nets/teacher.ts";
import { findTeacher, TEACHERS, type TeacherDefinition } from "../nets/teachers.ts";
import { savedShare } from "../nets/tuning.ts";
import { checkBatch, checkTarget } from "./checks.ts";
import { type Loaded, load, loadVae, recompile, type SessionOptions } from "./loaded.ts";
import { type Drawn, drawNeighbours, type NeighbourOptions } from "./neighbours.ts";
import { type ExplainOptions, type Settings, settle } from "./options.ts";
import { type RelabelResult, relabel } from "./relabel.ts";
import { batchOf, makeScene } from "./synthesis.ts";
import type { TuneOptions, Tuning, TuningReport } from "./tuning.ts";

const SOFTWARE_BATCH = 8;
const GPU_BATCH = 32;

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

export interface Explanation extends Omit<RelabelResult, "facts"> {
  size: typeof INPUT_SIZE;
  /** What the teacher saw: RGBA, 224 x 224. */
  input: Uint8ClampedArray;
  target: ClassScore;
  top5: ClassScore[];
  teacher: string;
  method: "relabel";
  synthesis: string;
  seed: number;
  /** Where `profile` asked for it. */
  profile?: Profile;
  /** Every setting, and what adapting and fitting found. */
  settings: Record<string, unknown>;
  seconds: RelabelResult["seconds"] & { total: number };
  /** Bytes of GPU memory: the budget, and the most that the session has used so far. */
  memory: { budget: number; peak: number };
}

/** A teacher and a generator on one GPU device: classifies and explains photos, one at a time. */
export class Session {
  readonly #options: SessionOptions;
  readonly #definition: TeacherDefinition;
  readonly #batch: number | undefined;
  #loaded: Loaded;
  #disposed = false;
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(options: SessionOptions, definition: TeacherDefinition, loaded: Loaded) {
    this.#options = options;
    this.#definition = definition;
    this.#batch = options.batch;
    this.#loaded = loaded;
  }

  /** Throws BAD_OPTION, NO_WEBGPU, NO_ADAPTER, BAD_WEIGHTS, OUT_OF_MEMORY. */
  static async create(options: SessionOptions): Promise<Session> {
    const definition = findTeacher(options.teacher ?? (TEACHERS[0] as TeacherDefinition).name);
    checkBatch(options.batch);
    const { memory } = options;
    if (memory !== undefined && !(memory > 0))
      throw new EngineError("BAD_OPTION", `The memory is ${memory}.`, "Give a number of bytes above 0.");
    return new Session(options, definition, await load(options, definition, undefined));
  }

  get adapter(): AdapterInfo {
    return this.#loaded.engine.adapter;
  }

  get teacher(): string {
    return this.#definition.name;
  }

  /** What tuning found on this adapter, now or at an earlier time; undefined where the usual ways are taken. */
  get tuning(): Tuning | undefined {
    return this.#loaded.tuning;
  }

  /**
   * The teacher's verdict on a photo. Throws BAD_IMAGE, ABORTED, DEVICE_LOST; LIMIT where a profile is asked for and the device has no
   * timestamp queries.
   */
  classify(photo: Photo, options: { fit?: Fit; top?: number; profile?: boolean; signal?: AbortSignal } = {}): Promise<Prediction> {
    return this.#exclusive(async () => {
      const loaded = await this.#ready();
      return profiled(loaded.engine, options.profile, async () => {
        await preparePhoto(loaded.engine, photo, options.fit ?? "crop", loaded.crop);
        return predict(loaded, options.top ?? 5, options.signal);
      });
    });
  }

  /** What the adapter reaches at best, to hold a profile against; takes about a second. Throws OUT_OF_MEMORY, DEVICE_LOST. */
  measureCeilings(): Promise<Ceilings> {
    return this.#exclusive(async () => {
      const { engine } = await this.#ready();
      const stopwatch = new Stopwatch(engine);
      try {
        return await measureCeilings(engine, stopwatch);
      } finally {
        stopwatch.dispose();
      }
    });
  }

  /**
   * Explains the teacher's verdict on a photo, or its opinion of another class, by re-label distillation. Progress and maps arrive
   * through `onProgress`. Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY, DEVICE_LOST; LIMIT where a profile is asked for and the
   * device has no timestamp queries.
   */
  async explain(photo: Photo, options: ExplainOptions = {}): Promise<Explanation> {
    const settings = settle(options, this.adapter.software);
    checkTarget(options.target);
    return this.#exclusive(async () => {
      const began = performance.now();
      const loaded = await this.#ready();
      return profiled(loaded.engine, options.profile, () => this.#explain(loaded, began, photo, options, settings));
    });
  }

  async #explain(loaded: Loaded, began: number, photo: Photo, options: ExplainOptions, settings: Settings): Promise<Explanation> {
    const { engine, teacher } = loaded;
    if (settings.synthesis !== "gated" || settings.fill.includes("vae")) loaded.vae ??= await loadVae(engine, this.#options);
    options.onProgress?.({ stage: "classify", done: 0, total: 1 });
    const scene = makeScene(engine);
    try {
      await preparePhoto(engine, photo, settings.fit, scene.crop, scene.small);
      loaded.crop.copyFrom(scene.crop);
      const { top5, probabilities } = await predict(loaded, 5, options.signal);
      const target = options.target ?? (top5[0] as ClassScore).index;
      options.onProgress?.({ stage: "classify", done: 1, total: 1 });
      const { facts, seconds, ...result } = await relabel({
        engine,
        teacher,
        vae: loaded.vae,
        scene,
        settings,
        target,
        batch: this.#batchOption(settings),
        signal: options.signal,
        onProgress: options.onProgress,
      });
      const pixels = await scene.crop.read();
      return {
        ...result,
        size: INPUT_SIZE,
        input: engine.work("input", () => Uint8ClampedArray.from(pixels, (value) => Math.round(value * 255))),
        target: score(target, probabilities),
        top5,
        teacher: teacher.definition.name,
        method: "relabel",
        synthesis: settings.synthesis,
        seed: settings.seed,
        settings: { ...settings, ...facts },
        seconds: { total: (performance.now() - began) / 1000, ...seconds },
        memory: { budget: engine.budget, peak: engine.memory.peak },
      };
    } finally {
      scene.dispose();
    }
  }

  /**
   * Draws the synthetic images that an explanation with these options is learned from, and hands them to `use` while their descriptions are
   * on the GPU. Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY, LIMIT, DEVICE_LOST, and what `use` throws.
   */
  async neighbours<T>(photo: Photo, options: NeighbourOptions, use: (engine: Engine, drawn: Drawn<ClassScore>) => Promise<T>): Promise<T> {
    const settings = settle(options, this.adapter.software);
    checkTarget(options.target);
    return this.#exclusive(async () => {
      const loaded = await this.#ready();
      const { engine, teacher } = loaded;
      if (settings.synthesis !== "gated" || settings.fill.includes("vae")) loaded.vae ??= await loadVae(engine, this.#options);
      const { signal, onProgress } = options;
      const scene = makeScene(engine);
      try {
        await preparePhoto(engine, photo, settings.fit, scene.crop, scene.small);
        loaded.crop.copyFrom(scene.crop);
        const { top5, probabilities } = await predict(loaded, 1, signal);
        const target = score(options.target ?? (top5[0] as ClassScore).index, probabilities);
        const request = { engine, teacher, vae: loaded.vae, scene, settings, batch: this.#batchOption(settings), signal, onProgress };
        const neighbours = await drawNeighbours({ ...request, target: target.index }, options.description ?? "features");
        try {
          return await use(engine, { neighbours, target, settings });
        } finally {
          neighbours.dispose();
        }
      } finally {
        scene.dispose();
      }
    });
  }

  /**
   * Measures the ways to compute the teacher's dense layers on this adapter, for classifications and for explanations, takes the fastest
   * from now on, and saves that in the store. It changes no result beyond rounding. An abort changes nothing. Throws BAD_OPTION, ABORTED,
   * OUT_OF_MEMORY, DEVICE_LOST.
   */
  async tune(options: TuneOptions = {}): Promise<TuningReport> {
    checkBatch(options.batch);
    return this.#exclusive(async () => {
      const loaded = await this.#ready();
      const { engine, teacher } = loaded;
      const former = [...engine.choices];
      const batches = new Set([1, options.batch ?? this.#explanationBatch(loaded)]);
      const layers = await teacher.tune(engine, [...batches], options);
      try {
        await recompile(loaded);
      } catch (error) {
        engine.choices.clear();
        for (const [key, choice] of former) engine.choices.set(key, choice);
        await teacher.transform(engine);
        await recompile(loaded);
        throw error;
      }
      loaded.tuning = { choices: Object.fromEntries(engine.choices), saved: savedShare(layers) };
      await this.#options.tuning?.save(loaded.key, loaded.tuning);
      return { ...loaded.tuning, layers };
    });
  }

  /** The batch of an explanation with default settings. */
  #explanationBatch({ engine, teacher }: Loaded): number {
    const settings = settle({}, engine.adapter.software);
    const scene = makeScene(engine);
    try {
      return batchOf({ engine, teacher, vae: undefined, scene, settings, target: 0, batch: this.#batchOption(settings) });
    } finally {
      scene.dispose();
    }
  }

  #batchOption({ samples }: Settings): { most: number; exact: boolean } {
    const preferred = this.adapter.software ? SOFTWARE_BATCH : GPU_BATCH;
    return { most: Math.min(this.#batch ?? preferred, samples), exact: this.#batch !== undefined };
  }

  /** Calls run one after the other: they share tensors. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#busy.then(work, work);
    this.#busy = result.catch(() => undefined);
    return result;
  }

  /** What is loaded, on a new device if the old one was lost. */
  async #ready(): Promise<Loaded> {
    if (this.#disposed) throw new EngineError("DISPOSED", "The session was disposed.", "Create a new one.");
    if (this.#loaded.engine.lost && !this.#options.device) {
      this.#loaded.engine.dispose();
      this.#loaded = await load(this.#options, this.#definition, this.#loaded.tuning);
    }
    return this.#loaded;
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    const { engine, teacher, vae, ...rest } = this.#loaded;
    teacher.dispose();
    vae?.dispose();
    for (const thing of [rest.classify, rest.crop, rest.logits, rest.probabilities]) thing.dispose();
    engine.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

async function predict(loaded: Loaded, top: number, signal: AbortSignal | undefined): Promise<Prediction> {
  await loaded.classify.run({ signal });
  const [logits, probabilities] = [await loaded.logits.read(), await loaded.probabilities.read()];
  const rank = () => Array.from(logits.keys()).sort((a, b) => (logits[b] as number) - (logits[a] as number));
  const best = loaded.engine.work("rank", rank);
  return { top5: best.slice(0, top).map((index) => score(index, probabilities)), logits, probabilities };
}

function score(index: number, probabilities: Float32Array): ClassScore {
  return { index, label: CLASSES[index] as string, probability: probabilities[index] as number };
}
