/** Does what the user asks for: opens photos, explains, tunes, stops, and puts the outcome into the state. */
import {
  type ClassScore,
  DEFAULT_METHOD,
  EngineError,
  type ExplainOptions,
  type Explanation,
  type OpenedBySession,
  type Photo,
  type Prediction,
  type Progress,
  type TeacherDefinition,
} from "../faces/all.ts";
import type { Session } from "../faces/worker.ts";
import { DecodedPhoto } from "./decode.ts";
import { describeProblem, requireWebGpu } from "./problem.ts";
import { ready, unusedOf } from "./ready.ts";
import { estimator, isCounted, newRun, tooEarly } from "./run.ts";
import { createSession, type Replacement } from "./session.ts";
import { type ClassifierSettings, classifiersOf, type Download, FIRST, isOpenedModel, type Run, type State, type Store } from "./state.ts";

/** What is known of a photo before the classifier has seen it. */
const NOTHING_FOUND = {
  top5: undefined,
  guesses: undefined,
  target: undefined,
  run: undefined,
  map: undefined,
  explanation: undefined,
  profile: undefined,
} as const;

/** What questions about the map on show are asked of. */
export interface Subject {
  readonly session: Session;
  readonly opened: OpenedBySession;
  readonly explanation: Explanation;
  /** Of the explanation, with its class. */
  readonly options: ExplainOptions;
}

/** A method for everything that the user can do with photos. Every outcome, errors too, ends in the store. */
export class Controller {
  readonly #store: Store;
  #session: Promise<Session | undefined>;
  /** The photo on show as the session has prepared and classified it. */
  #opened: OpenedBySession | undefined;
  /** Counts photos, so that what a replaced photo still brings is dropped. */
  #turn = 0;
  #opening = 0;
  #classifying: Promise<void> = Promise.resolve();
  #abort: AbortController | undefined;
  #tuningAbort: AbortController | undefined;
  /** Asks for the explanation on show once more. */
  #again: ExplainOptions | undefined;
  readonly #showDownload = (download: Download | undefined) => this.#store.set({ download });

  constructor(store: Store) {
    this.#store = store;
    this.#session = this.#start();
  }

  async #start(): Promise<Session | undefined> {
    try {
      await requireWebGpu();
      const session = await createSession(FIRST, {}, this.#showDownload);
      this.#store.set({ engine: ready(session), unused: unusedOf(session) });
      return session;
    } catch (error) {
      this.#store.set({ engine: { kind: "failed", problem: describeProblem(error) } });
      return undefined;
    }
  }

  /**
   * Puts another classifier in the place of the one in use, which stays where this fails, and classifies the photo on show anew. What is not
   * given is as it was when the net was last in use.
   */
  async use(teacher: TeacherDefinition, replacement: Replacement = {}): Promise<void> {
    const former = await this.#session;
    const { run, switching, tuning } = this.#store.state;
    if (!former || run || switching || tuning) return;
    const { name } = teacher;
    const { own = this.#store.state.opened.get(name), settings = this.#store.state.settings.get(name) ?? {}, unused = [] } = replacement;
    this.#store.set({ switching: name, problem: undefined });
    try {
      const session = await createSession(teacher, { own, settings }, this.#showDownload);
      this.#session = Promise.resolve(session);
      this.#turn++;
      // What it is at work on is dropped, but must come to its end first.
      this.#classifying.finally(() => former.dispose());
      const { opened, settings: all } = this.#store.state;
      this.#store.set({
        switching: undefined,
        chosen: name,
        engine: ready(session),
        opened: own ? new Map(opened).set(name, own) : opened,
        settings: new Map(all).set(name, settings),
        unused: [...unusedOf(session), ...unused],
        ...NOTHING_FOUND,
      });
    } catch (error) {
      this.#store.set({ switching: undefined, problem: describeProblem(error) });
      return;
    }
    await this.#classify();
  }

  /** Loads the classifier in use anew, with what else the user says of it. */
  async adjust(change: ClassifierSettings): Promise<void> {
    const session = await this.#session;
    const teacher = classifiersOf(this.#store.state).find(({ name }) => name === session?.teacher);
    if (!teacher) return;
    const former = this.#store.state.settings.get(teacher.name);
    await this.use(teacher, { settings: { ...former, ...change, input: { ...former?.input, ...change.input } } });
  }

  /** Shows a photo and classifies it; an explanation under way of another one ends. */
  async open(name: string, read: () => Blob | Promise<Blob>): Promise<void> {
    const opening = ++this.#opening;
    this.#store.set({ opening: name, problem: undefined });
    try {
      const photo = await DecodedPhoto.open(await read(), name);
      if (opening !== this.#opening) return photo.close();
      this.#turn++;
      this.#abort?.abort();
      const { photo: former } = this.#store.state;
      this.#store.set({ opening: undefined, photo, ...NOTHING_FOUND });
      former?.close();
    } catch (error) {
      if (opening === this.#opening) this.#store.set({ opening: undefined, problem: describeProblem(error) });
      return;
    }
    await this.#classify();
  }

  #classify(): Promise<void> {
    this.#classifying = this.#classifyPhoto();
    return this.#classifying;
  }

  async #classifyPhoto(): Promise<void> {
    const turn = this.#turn;
    const { photo } = this.#store.state;
    const session = await this.#session;
    if (!session || !photo || turn !== this.#turn) return;
    try {
      const opened = await session.open(await photo.pixels(), { move: true });
      const { top5 } = await session.classify(opened);
      if (turn !== this.#turn) return;
      this.#opened = opened;
      this.#store.set({ top5, target: top5[0] });
      if (!isOpenedModel(this.#store.state.opened.get(session.teacher))) return;
      const guesses = await session.comparePreprocessing(opened);
      if (turn === this.#turn) this.#store.set({ guesses });
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#store.set({ photo: undefined, problem: describeProblem(error) });
      photo.close();
    }
  }

  /** Makes a class the one to explain. */
  choose(target: ClassScore): void {
    this.#store.set({ target });
  }

  /** Reports a problem that arose outside. */
  report(error: unknown): void {
    this.#store.set({ problem: describeProblem(error) });
  }

  dismiss(): void {
    this.#store.set({ problem: undefined });
  }

  /** Explains the chosen class of the photo on show. */
  async explain(options: ExplainOptions): Promise<void> {
    const { target } = this.#store.state;
    if (!target) return;
    const again = { ...options, target: target.index };
    const begin = { map: undefined, explanation: undefined, profile: undefined };
    await this.#run(again, target, begin, async (_, explanation) => {
      this.#again = again;
      this.#finish(explanation);
    });
  }

  /** Makes the explanation on show once more, with every kernel timed. */
  async profile(): Promise<void> {
    const { explanation, photo } = this.#store.state;
    if (!explanation || !photo || !this.#again) return;
    const again = { ...this.#again, profile: true };
    await this.#run(again, explanation.target, { profile: undefined }, async (session, { profile, ...explained }, current) => {
      const ceilings = profile && !explained.aborted ? await session.measureCeilings() : undefined;
      const { fileOf } = await import("./profile-file.ts");
      if (!current()) return;
      const about = { ...explained, image: photo.name, adapter: session.adapter, ceilings };
      this.#store.set({ run: undefined, profile: profile && ceilings && fileOf(profile, about) });
    });
  }

  /** What the map on show was made from; undefined where there is none, or where something else is under way. */
  async subject(): Promise<Subject | undefined> {
    const session = await this.#session;
    const [opened, options] = [this.#opened, this.#again];
    const { explanation, run, switching, tuning } = this.#store.state;
    if (!session || !opened || !options || !explanation?.map || run || switching || tuning) return undefined;
    return { session, opened, explanation, options };
  }

  /** What the classifier makes of an image of its input's size; undefined where it works at something else. Throws what the session throws. */
  async look(image: Photo): Promise<Prediction | undefined> {
    const session = await this.#session;
    const { run, switching, tuning, judging } = this.#store.state;
    return run || switching || tuning || judging ? undefined : session?.classify(image, { fit: "squash" });
  }

  /** Runs an explanation of the photo on show, from what changes when it begins to what `finish` makes of it. */
  async #run(
    options: ExplainOptions,
    target: ClassScore,
    begin: Partial<State>,
    finish: (session: Session, explanation: Explanation, current: () => boolean) => Promise<void>,
  ): Promise<void> {
    const session = await this.#session;
    const { photo, run, switching, tuning } = this.#store.state;
    const opened = this.#opened;
    if (!session || !photo || !opened || run || switching || tuning) return;
    const turn = this.#turn;
    const abort = new AbortController();
    this.#abort = abort;
    const current = () => turn === this.#turn && this.#abort === abort;
    this.#store.set({ problem: undefined, run: newRun(options.profile === true), ...begin });
    const estimate = estimator();
    try {
      const explanation = await session.explain(opened, {
        ...options,
        signal: abort.signal,
        onProgress: (progress) => {
          if (current()) this.#advance(progress, estimate(progress), target, (options.method as string | undefined) ?? DEFAULT_METHOD);
        },
      });
      if (current()) await finish(session, explanation, current);
    } catch (error) {
      if (!current()) return;
      const early = error instanceof EngineError && error.code === "ABORTED";
      const { run: ended } = this.#store.state;
      if (ended?.profiling) this.#store.set({ run: undefined, problem: early ? undefined : describeProblem(error) });
      else this.#store.set({ run: undefined, map: undefined, problem: early ? tooEarly(ended?.stage) : describeProblem(error) });
    }
  }

  #advance(progress: Progress, secondsLeft: number | undefined, { label }: ClassScore, method: string): void {
    const { stage, done, total, map } = progress;
    const { stopping = false, profiling = false, samples: former = 0, asked: all = 0 } = this.#store.state.run ?? {};
    const [samples, asked] = isCounted(stage) ? [done, total] : [former, all];
    const run: Run = { stage, done, total, samples, asked, secondsLeft, stopping, profiling };
    this.#store.set(map ? { run, map: { values: map, label, method, samples, asked, phase: "growing" } } : { run });
  }

  #finish(explanation: Explanation): void {
    const { map, target, method, samples, aborted } = explanation;
    const asked = this.#store.state.run?.asked ?? samples;
    this.#store.set({
      run: undefined,
      explanation,
      map: map && { values: map, label: target.label, method, samples, asked, phase: aborted ? "stopped" : "done" },
    });
  }

  /** Measures which kernels are the fastest here, and uses and keeps them; ends that where it is under way, which changes nothing. */
  async toggleTuning(): Promise<void> {
    if (this.#store.state.tuning) return this.#tuningAbort?.abort();
    const session = await this.#session;
    const { run, switching, tuning } = this.#store.state;
    if (!session || run || switching || tuning) return;
    const abort = new AbortController();
    this.#tuningAbort = abort;
    this.#store.set({ problem: undefined, tuning: { done: 0, total: 0 } });
    try {
      await session.tune({ signal: abort.signal, onProgress: (progress) => this.#store.set({ tuning: progress }) });
    } catch (error) {
      if (!abort.signal.aborted) this.report(error);
    }
    this.#store.set({ tuning: undefined, engine: ready(session) });
  }

  /** Ends the explanation under way; the engine still draws the map of the samples so far. */
  stop(): void {
    const { run } = this.#store.state;
    if (!run || run.stopping) return;
    this.#store.set({ run: { ...run, stopping: true } });
    this.#abort?.abort();
  }
}
