/** A session in a worker: what is asked of it here runs there. */
import type { Fit } from "../classify/fit.ts";
import type { OpenedPhoto } from "../classify/opened-photo.ts";
import type { PhotoSource } from "../classify/photo-sources.ts";
import { EngineError } from "../engine/errors.ts";
import type { CurvePictures } from "../evaluate/curve-pictures.ts";
import type { CurveOptions } from "../evaluate/evaluate.ts";
import type { Evaluation } from "../evaluate/evaluator.ts";
import type { CheckOptions, CheckReport } from "../evaluate/sanity-checks.ts";
import type { Embedding, EmbedOptions } from "../evaluate/tsne/embedding.ts";
import { checkCall, checkCreate } from "../explain/call-options.ts";
import type { ExplainOptions } from "../explain/explain-options.ts";
import { rememberPhoto } from "../explain/explained-photo.ts";
import type { Explanation } from "../explain/explanation.ts";
import type { OpenedBySession, PhotoOfSession, SessionInterface } from "../explain/session-interface.ts";
import type { TuneOptions } from "../explain/tuning.ts";
import { Connection } from "./connection.ts";
import type { Facts, Judgement } from "./messages.ts";
import { type EvaluateThereOptions, methodByName, metricsByName, optionsOfCreate, type WorkerSessionOptions } from "./options.ts";
import { isMoved, packPhoto } from "./photos.ts";

type Returns<Name extends keyof SessionInterface> = SessionInterface[Name] extends (...args: never[]) => infer R ? R : never;

/**
 * A classifier in a worker of its own, so that the page stays alive: the interface of `Session` of `relabel`, and the same maps. What it is
 * given is copied, and what it returns is moved here.
 */
export class Session implements SessionInterface {
  readonly #connection: Connection;
  /** The worker's numbers of what was opened there. */
  readonly #opened = new WeakMap<object, number>();
  readonly #forgotten = new FinalizationRegistry<number>((opened) => this.#connection.close(opened));

  private constructor(connection: Connection) {
    if (!connection) throw new EngineError("BAD_OPTION", "A session is not made with new.", "Use await Session.create().");
    this.#connection = connection;
  }

  /**
   * Starts a worker and loads a classifier there, see `Session.create` of `relabel`. Throws what that throws; BAD_OPTION for what a worker
   * cannot be given, such as a device; NO_WORKER where there are none.
   */
  static async create(options: WorkerSessionOptions = {}): Promise<Session> {
    checkCreate(options, { worker: 1 });
    const { worker, ...rest } = options;
    const given = optionsOfCreate(rest);
    const connection = Connection.open(worker);
    try {
      await connection.call("create", undefined, given);
      return new Session(connection);
    } catch (error) {
      connection.dispose();
      throw error;
    }
  }

  get #facts(): Facts {
    return this.#connection.facts;
  }

  get adapter() {
    return this.#facts.adapter;
  }

  get teacher() {
    return this.#facts.teacher;
  }

  get input() {
    return this.#facts.input;
  }

  get outputs() {
    return this.#facts.outputs;
  }

  get ignored() {
    return this.#facts.ignored;
  }

  get layers() {
    return this.#facts.layers;
  }

  get labels() {
    return this.#facts.labels;
  }

  get tuning() {
    return this.#facts.tuning;
  }

  /**
   * Prepares a photo once for any number of calls. It stays in the worker until nothing here refers to it. `move`: the memory of bytes goes to
   * the worker instead of a copy, and `data` is empty here; `draw` then has to be given the photo.
   */
  async open(
    photo: PhotoSource,
    { move = false, ...options }: { fit?: Fit | undefined; signal?: AbortSignal | undefined; move?: boolean } = {},
  ): Promise<OpenedBySession> {
    checkCall("open", options);
    const { value, source } = await this.#connection.call("open", () => packPhoto(photo, move), options);
    const { opened, ...shown } = value as { opened: number } & Pick<OpenedPhoto, "input" | "size">;
    const handle: OpenedBySession = { ...shown, source: (source ?? photo) as PhotoSource };
    this.#opened.set(handle, opened);
    this.#forgotten.register(handle, opened);
    return handle;
  }

  async classify(
    photo: PhotoOfSession,
    options: { fit?: Fit; top?: number; profile?: boolean; signal?: AbortSignal } = {},
  ): Returns<"classify"> {
    checkCall("classify", options);
    return (await this.#connection.call("classify", () => this.#pack(photo), options)).value as Awaited<Returns<"classify">>;
  }

  async findNonFinite(photo: PhotoOfSession, options: { fit?: Fit; signal?: AbortSignal } = {}): Returns<"findNonFinite"> {
    checkCall("findNonFinite", options);
    return (await this.#connection.call("findNonFinite", () => this.#pack(photo), options)).value as Awaited<Returns<"findNonFinite">>;
  }

  async comparePreprocessing(photo: PhotoOfSession, options: { signal?: AbortSignal } = {}): Returns<"comparePreprocessing"> {
    checkCall("comparePreprocessing", options);
    const { value } = await this.#connection.call("comparePreprocessing", () => this.#pack(photo), options);
    return value as Awaited<Returns<"comparePreprocessing">>;
  }

  async measureCeilings(): Returns<"measureCeilings"> {
    return (await this.#connection.call("measureCeilings", undefined, {})).value as Awaited<Returns<"measureCeilings">>;
  }

  /** A method is one of METHODS: definitions of one's own cannot cross. */
  async explain(photo: PhotoOfSession, options: ExplainOptions = {}): Promise<Explanation> {
    checkCall("explain", options);
    const given = methodByName(options);
    const { value, source } = await this.#connection.call("explain", () => this.#pack(photo), given);
    const own = this.#opened.has(photo) ? (photo as OpenedBySession).source : photo;
    const explanation = value as Explanation;
    return isMoved(own) ? explanation : rememberPhoto(explanation, (source ?? own) as PhotoSource);
  }

  async findRefusal(options: ExplainOptions = {}): Returns<"findRefusal"> {
    checkCall("explain", options);
    return (await this.#connection.call("findRefusal", undefined, methodByName(options))).value as Awaited<Returns<"findRefusal">>;
  }

  async tune(options: TuneOptions = {}): Returns<"tune"> {
    checkCall("tune", options);
    return (await this.#connection.call("tune", undefined, options)).value as Awaited<Returns<"tune">>;
  }

  /** `evaluate` of `relabel/evaluate` on this session, in the worker. Metrics are those of METRICS, by name. */
  async evaluate(
    photo: PhotoOfSession,
    maps: Readonly<Record<string, ArrayLike<number>>>,
    options: EvaluateThereOptions,
  ): Promise<Evaluation> {
    return this.#judge("evaluate", photo, Object.assign({ maps }, metricsByName(options)));
  }

  /** `check` of `relabel/evaluate` on this session, in the worker. A method is one of METHODS. */
  async check(photo: PhotoOfSession, options: CheckOptions = {}): Promise<CheckReport> {
    return this.#judge("check", photo, methodByName(options));
  }

  /** `embed` of `relabel/evaluate` on this session, in the worker. */
  async embed(photo: PhotoOfSession, options: EmbedOptions = {}): Promise<Embedding> {
    return this.#judge("embed", photo, options);
  }

  /** `drawCurves` of `relabel/evaluate` on this session, in the worker. */
  async drawCurves(photo: PhotoOfSession, map: ArrayLike<number>, options: CurveOptions = {}): Promise<CurvePictures> {
    return this.#judge("drawCurves", photo, Object.assign({ map }, options));
  }

  async #judge<T>(
    judgement: Judgement,
    photo: PhotoOfSession,
    options: CurveOptions | CheckOptions | EvaluateThereOptions | EmbedOptions,
  ): Promise<T> {
    return (await this.#connection.call(judgement, () => this.#pack(photo), options)).value as T;
  }

  /** What code of one's own on the GPU asks for, and a worker does not have. */
  async lend(): Promise<never> {
    throw new EngineError(
      "BAD_OPTION",
      "What is loaded on the GPU cannot be lent from a worker.",
      'For scores and checks call evaluate(), check() and embed() of this session. For more use Session of "relabel".',
    );
  }

  /** Ends the worker, and with it what is under way. */
  dispose(): void {
    this.#connection.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #pack(photo: PhotoOfSession): ReturnType<typeof packPhoto> {
    const opened = this.#opened.get(photo);
    if (opened !== undefined) return Promise.resolve({ photo: { opened }, memory: [] });
    if (typeof photo === "object" && photo !== null && "source" in photo && "input" in photo) {
      throw new EngineError("BAD_OPTION", "The photo was opened by another session.", "Open it with the session that uses it.");
    }
    return packPhoto(photo as PhotoSource);
  }
}
