/** The face of the library: a session, through which photos are classified and explained. */
import type { BatchOption } from "../classify/batch.ts";
import { resolveModel } from "../classify/classifier.ts";
import { appendNormalise } from "../classify/compose.ts";
import { type Fit, withFit } from "../classify/fit.ts";
import type { Model } from "../classify/model.ts";
import { type GivenPhoto, OpenedPhoto, showPhoto } from "../classify/opened-photo.ts";
import type { Outputs } from "../classify/outputs.ts";
import type { PhotoSource } from "../classify/photo-sources.ts";
import type { AdapterInfo } from "../engine/adapter.ts";
import type { Ceilings } from "../engine/ceilings.ts";
import { EngineError } from "../engine/errors.ts";
import { profiled } from "../engine/profiled.ts";
import type { Shape } from "../graph/graph.ts";
import type { InputSpec } from "../nets/input-spec.ts";
import type { NonFinite } from "../nets/non-finite.ts";
import { checkCall, checkCreate } from "./call-options.ts";
import type { PreprocessingVerdict } from "./compare-preprocessing.ts";
import { type ExplainOptions, settleCommon } from "./explain-options.ts";
import { explainPhoto } from "./explain-photo.ts";
import type { Explanation, Lease } from "./explanation.ts";
import { choose } from "./methods.ts";
import { type Prediction, predict } from "./prediction.ts";
import { type Attempt, type CallOptions, runCall } from "./recovery.ts";
import { loadFirst, reload } from "./reload.ts";
import type { Refusal, SessionInterface } from "./session-interface.ts";
import { type Loaded, loadVae, type SessionOptions, unload } from "./session-state.ts";
import { checkBatch, resolveTarget } from "./targets.ts";
import type { TuneOptions, Tuning, TuningReport } from "./tuning.ts";

const SOFTWARE_BATCH = 8;
const GPU_BATCH = 32;

/** A teacher and a generator on one GPU device: classifies and explains photos, one at a time. */
export class Session implements SessionInterface {
  readonly #options: SessionOptions;
  readonly #model: Model;
  readonly #batch: number | undefined;
  #loaded: Loaded;
  #disposed = false;
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(options: SessionOptions, model: Model, loaded: Loaded) {
    if (!loaded) throw noSession();
    this.#options = options;
    this.#model = model;
    this.#batch = options.batch;
    this.#loaded = loaded;
  }

  /**
   * Loads a classifier: EfficientNet-Lite0, with the weights that come with the package, unless told otherwise. An abort of `signal` ends
   * that; it has no say later. Throws BAD_OPTION, NO_WEBGPU, NO_ADAPTER, BAD_WEIGHTS, DOWNLOAD, OUT_OF_MEMORY, ABORTED.
   */
  static async create(options: SessionOptions = {}): Promise<Session> {
    checkCreate(options);
    checkBatch(options.batch);
    const model = await resolveModel(options);
    return new Session({ ...options, signal: undefined }, model, await loadFirst(options, model));
  }

  /** The GPU, and whether it is a software adapter. */
  get adapter(): AdapterInfo {
    return this.#loaded.engine.adapter;
  }

  /** Name of the classifier. */
  get teacher(): string {
    return this.#model.definition.name;
  }

  /** How photos become the classifier's input. */
  get input(): InputSpec {
    return this.#loaded.teacher.input;
  }

  /** What the classifier's outputs mean. */
  get outputs(): Outputs {
    return this.#loaded.teacher.outputs;
  }

  /** Tensors of the weights file that are not the net's. */
  get ignored(): readonly string[] {
    return this.#loaded.teacher.ignored;
  }

  /** The layers whose values methods can show, in order, with their shapes; `cam`: that of class activation maps. */
  get layers(): { cam: string; layers: readonly { name: string; shape: Shape }[] } {
    const { teacher } = this.#loaded;
    return { cam: teacher.layer("").label, layers: teacher.net.layers.map(({ label, shape }) => ({ name: label, shape })) };
  }

  /** A name for every class. */
  get labels(): readonly string[] {
    return this.#loaded.teacher.labels;
  }

  /** What tuning found on this adapter, now or at an earlier time; undefined where the usual ways are taken. */
  get tuning(): Tuning | undefined {
    return this.#loaded.tuning;
  }

  /**
   * Prepares a photo once for any number of calls, which take it in the photo's place and classify it once. Throws BAD_OPTION, BAD_IMAGE, ABORTED,
   * OUT_OF_MEMORY, DEVICE_LOST.
   */
  async open(photo: PhotoSource, options: { fit?: Fit | undefined; signal?: AbortSignal | undefined } = {}): Promise<OpenedPhoto> {
    checkCall("open", options);
    const { fit } = settleCommon(options);
    return this.#call(options, ({ loaded }) => OpenedPhoto.open(loaded.engine, photo, withFit(loaded.teacher.input, fit)));
  }

  /**
   * The teacher's verdict on a photo. Throws BAD_IMAGE, ABORTED, DEVICE_LOST; LIMIT where a profile is asked for and the device has no
   * timestamp queries.
   */
  async classify(
    photo: GivenPhoto,
    options: { fit?: Fit; top?: number; profile?: boolean; signal?: AbortSignal } = {},
  ): Promise<Prediction> {
    checkCall("classify", options);
    return this.#call(options, ({ loaded, signal }) =>
      profiled(loaded.engine, options.profile, () => predict(loaded, photo, options.fit, options.top ?? 5, signal)),
    );
  }

  /**
   * Where in the classifier numbers first stop being finite for a photo, as where they overflow; undefined where all are finite. Throws
   * BAD_IMAGE, ABORTED, OUT_OF_MEMORY, LIMIT, DEVICE_LOST.
   */
  async findNonFinite(photo: GivenPhoto, options: { fit?: Fit; signal?: AbortSignal } = {}): Promise<NonFinite | undefined> {
    checkCall("findNonFinite", options);
    return this.#call(options, async ({ loaded, signal }) => {
      const { findNonFinite } = await import("./seldom.ts");
      const { engine, teacher, crop } = loaded;
      await showPhoto(engine, photo, teacher.input, options.fit, crop);
      return findNonFinite(engine, teacher.net, (plan, image) => appendNormalise(plan, teacher.input, crop, image), { signal });
    });
  }

  /**
   * The likeliest classes of a photo under every usual preprocessing that fits the classifier's channels, in the order of PREPROCESSINGS of
   * `relabel/nets`. The right one mostly shows in a class that is right and clearly the likeliest. Throws BAD_IMAGE, NOT_FINITE, ABORTED,
   * OUT_OF_MEMORY, DEVICE_LOST.
   */
  async comparePreprocessing(photo: GivenPhoto, options: { signal?: AbortSignal } = {}): Promise<PreprocessingVerdict[]> {
    checkCall("comparePreprocessing", options);
    return this.#call(options, async ({ loaded, signal }) => {
      const { comparePreprocessing } = await import("./seldom.ts");
      return comparePreprocessing(loaded, photo, signal);
    });
  }

  /** What the adapter reaches at best, to hold a profile against; takes about two seconds. Throws OUT_OF_MEMORY, DEVICE_LOST. */
  measureCeilings(): Promise<Ceilings> {
    return this.#call({}, async ({ loaded: { engine } }) => {
      const { measureCeilings, Stopwatch } = await import("./seldom.ts");
      const stopwatch = new Stopwatch(engine);
      try {
        return await measureCeilings(engine, stopwatch);
      } finally {
        stopwatch.dispose();
      }
    });
  }

  /**
   * Explains the teacher's verdict on a photo, or its opinion of another class, by re-label distillation or another of METHODS. Progress and
   * maps arrive through `onProgress`. Throws BAD_OPTION, BAD_IMAGE, ABORTED, OUT_OF_MEMORY, DEVICE_LOST; LIMIT where a profile is asked for
   * and the device has no timestamp queries.
   */
  async explain(photo: GivenPhoto, options: ExplainOptions = {}): Promise<Explanation> {
    checkCall("explain", options);
    const choice = choose(options, this.adapter.software);
    const target = resolveTarget(options.target, this.labels);
    // It is waited for in this call's turn, and may be refused before.
    target.catch(() => {});
    const { signal, onProgress, profile } = options;
    const onRestart = () => onProgress?.({ stage: "restarting", done: 0, total: 1 });
    return this.#call({ signal, onRestart }, async (attempt) => {
      const wanted = await target;
      return profiled(attempt.loaded.engine, profile, () =>
        explainPhoto(attempt, () => this.#withVae(attempt.loaded), photo, options, choice, wanted),
      );
    });
  }

  /**
   * Why an explanation with these options cannot be made, such as by a method that is not defined for the classifier; undefined where it can.
   * Nothing is computed. Throws BAD_OPTION for options that no classifier takes.
   */
  async findRefusal(options: ExplainOptions = {}): Promise<Refusal | undefined> {
    checkCall("explain", options);
    const choice = choose(options, this.adapter.software);
    try {
      await choice.check(this.#loaded.teacher);
      return undefined;
    } catch (error) {
      if (error instanceof EngineError) return { message: error.message, fix: error.fix };
      throw error;
    }
  }

  /**
   * Measures the ways to compute the teacher's dense layers on this adapter, for classifications and for explanations, takes the fastest
   * from now on, and saves that in the store. It changes no result beyond rounding. An abort changes nothing. Throws BAD_OPTION, ABORTED,
   * OUT_OF_MEMORY, DEVICE_LOST.
   */
  async tune(options: TuneOptions = {}): Promise<TuningReport> {
    checkCall("tune", options);
    checkBatch(options.batch);
    return this.#call(options, async ({ loaded }) => {
      const { tuneLoaded } = await import("./seldom.ts");
      const report = await tuneLoaded(loaded, options, this.#batchOption());
      await this.#options.tuning?.save(loaded.key, loaded.tuning as Tuning);
      return report;
    });
  }

  #batchOption(): BatchOption {
    const preferred = this.adapter.software ? SOFTWARE_BATCH : GPU_BATCH;
    return { most: this.#batch ?? preferred, exact: this.#batch !== undefined };
  }

  async #withVae(loaded: Loaded): Promise<void> {
    loaded.vae ??= await loadVae(loaded.engine, this.#options);
  }

  /** Lends what is loaded to `work`, which has it to itself until it resolves. Throws what the work does, DISPOSED. */
  lend<T>(options: CallOptions, work: (loaded: Loaded, lease: Lease) => Promise<T>): Promise<T> {
    return this.#call(options, ({ loaded, ...attempt }) => {
      const withVae = () => this.#withVae(loaded);
      return work(loaded, {
        ...attempt,
        withVae,
        openWeights: () => this.#model.open(this.#options),
        precision: this.#options.precision ?? "f32",
        activations: this.#options.activations ?? "f32",
      });
    });
  }

  /** Calls run one after the other: they share tensors. */
  #call<T>(options: CallOptions, work: (attempt: Attempt) => Promise<T>): Promise<T> {
    const host = {
      batch: this.#batchOption(),
      ready: () => this.#ready(),
      restart: () => this.#reload(true),
    };
    const call = () => runCall(host, options, work);
    const result = this.#busy.then(call, call);
    this.#busy = result.catch(() => undefined);
    return result;
  }

  /** What is loaded, on a new device if the old one was lost. */
  async #ready(): Promise<Loaded> {
    if (this.#disposed) throw disposedError();
    return this.#loaded.engine.lost && !this.#options.device ? this.#reload(false) : this.#loaded;
  }

  /** Loads all anew; `same`: on the same adapter or not at all. */
  async #reload(same: boolean): Promise<Loaded> {
    if (this.#disposed) throw disposedError();
    const loaded = await reload(this.#loaded, this.#options, this.#model, same);
    if (this.#disposed) {
      unload(loaded);
      throw disposedError();
    }
    this.#loaded = loaded;
    return loaded;
  }

  /** Frees everything; calls under way end with DISPOSED. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    unload(this.#loaded);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Of `new Session()`, which the types refuse. */
function noSession(): EngineError {
  return new EngineError("BAD_OPTION", "Sessions are not made with new.", "Use Session.create().");
}

function disposedError(): EngineError {
  return new EngineError("DISPOSED", "The session was disposed.", "Create a new one.");
}
