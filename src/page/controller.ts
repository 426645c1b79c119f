/** Does what the user asks for: opens photos, explains, tunes, stops, and puts the outcome into the state. */
import {
  type ClassScore,
  DEFAULT_METHOD,
  EngineError,
  type ExplainOptions,
  type Explanation,
  type Progress,
  type TeacherDefinition,
} from "../faces/all.ts";
import type { Session } from "../faces/worker.ts";
import { DecodedPhoto } from "./decode.ts";
import { describeProblem, requireWebGpu } from "./problem.ts";
import { ready, unusedOf } from "./ready.ts";
import { advanced, estimator, isDropped, newRun, tooEarly, untilStopped } from "./run.ts";
import { lookAt, type Seen } from "./seen.ts";
import { createSession, type Replacement } from "./session.ts";
import { type Framing, partOf, placed, regionAt } from "./stage/region.ts";
import {
  type ClassifierSettings,
  classifiersOf,
  type Download,
  FIRST,
  inputInUse,
  isOpenedModel,
  NOTHING_FOUND,
  type State,
  type Store,
  targetAfter,
} from "./state.ts";

/** What asks for the explanation on show once more. */
export interface Again {
  readonly options: ExplainOptions;
  readonly seen: Seen;
}

/** A method for everything that the user can do with photos. Every outcome, errors too, ends in the store. */
export class Controller {
  readonly #store: Store;
  #session: Promise<Session | undefined>;
  /** Of the part on show; undefined until the classifier has seen it. */
  #seen: Seen | undefined;
  /** Counts photos, so that what a replaced photo still brings is dropped. */
  #turn = 0;
  #opening = 0;
  /** Counts what the classifier is asked to look at: of what comes faster than it answers, some is left out. */
  #look = 0;
  #classifying: Promise<void> = Promise.resolve();
  /** Counts explanations that are asked for, and what stops one before it begins. */
  #asked = 0;
  #abort: AbortController | undefined;
  /** Asks for the explanation on show once more. */
  #again: Again | undefined;
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
      const { opened, settings: all, photo, region } = this.#store.state;
      this.#store.set({
        switching: undefined,
        chosen: name,
        engine: ready(session),
        opened: own ? new Map(opened).set(name, own) : opened,
        settings: new Map(all).set(name, settings),
        unused: [...unusedOf(session), ...unused],
        region: photo && region && regionAt(photo.size, session.input, region),
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
      this.#asked++;
      this.#abort?.abort();
      const { photo: former } = this.#store.state;
      this.#store.set({ opening: undefined, photo, region: undefined, zoom: 1, ...NOTHING_FOUND });
      former?.close();
    } catch (error) {
      if (opening === this.#opening) this.#store.set({ opening: undefined, problem: describeProblem(error) });
      return;
    }
    await this.#classify();
  }

  /** Has the classifier look at another part of the photo on show, or once more; nothing happens while it is at other work. */
  async frame(change: Partial<Framing>): Promise<void> {
    const { run, switching, tuning } = this.#store.state;
    if (run || switching || tuning) return;
    this.#store.set(change);
    await this.#classify();
  }

  #classify(): Promise<void> {
    const look = ++this.#look;
    const { photo, unseen, problem } = this.#store.state;
    this.#seen = undefined;
    this.#store.set({ classifying: photo !== undefined, problem: unseen ? undefined : problem });
    this.#classifying = this.#classifying.then(() => this.#classifyPhoto(() => look === this.#look));
    return this.#classifying;
  }

  async #classifyPhoto(current: () => boolean): Promise<void> {
    const session = await this.#session;
    const { photo, ...before } = this.#store.state;
    if (!session || !photo || !current()) return;
    try {
      const { seen, verdict } = await lookAt(session, photo, before);
      if (!current()) return;
      this.#seen = seen;
      const { top5, probabilities } = verdict;
      this.#store.set({ classifying: false, unseen: false, top5, probabilities, target: targetAfter(verdict, before) });
      if (seen.region || !isOpenedModel(this.#store.state.opened.get(session.teacher))) return;
      const guesses = await session.comparePreprocessing(seen.opened);
      if (current()) this.#store.set({ guesses });
    } catch (error) {
      if (!current()) return;
      const problem = describeProblem(error);
      if (photo.ended) this.#store.set({ photo: undefined, classifying: false, ...NOTHING_FOUND, problem });
      // What fails after the verdict takes nothing from it.
      else this.#store.set({ classifying: false, unseen: this.#seen === undefined, problem });
    }
  }

  /** Waits until the classifier has answered to what it was shown last, or has failed at it. */
  async #settle(): Promise<void> {
    for (let look: Promise<void> | undefined; look !== this.#classifying; ) {
      look = this.#classifying;
      await look;
    }
  }

  /** Makes a class the one to explain. */
  choose(target: ClassScore): void {
    this.#store.set({ target });
  }

  /** Reports a problem that arose outside; none takes away the last. */
  report(error?: unknown): void {
    this.#store.set({ problem: error === undefined ? undefined : describeProblem(error) });
  }

  /** Explains the chosen class of the photo on show. Resolves to whether it began: it may be stopped before, or `refuses` finds a reason. */
  async explain(options: ExplainOptions, refuses?: (session: Session) => Promise<boolean>): Promise<boolean> {
    const asked = ++this.#asked;
    const idle = await this.idle();
    if (!idle || (await refuses?.(idle.session)) || asked !== this.#asked) return false;
    const { classifying, unseen } = this.#store.state;
    if (unseen && !classifying) this.#classify();
    if (unseen || classifying) await this.#settle();
    const [{ target }, seen] = [this.#store.state, this.#seen];
    if (!target || !seen || asked !== this.#asked) return false;
    const again = { options: { ...options, target: target.index }, seen };
    const begin = { map: undefined, explanation: undefined, profile: undefined };
    await this.#run(again, target, begin, async (_, explanation) => {
      this.#again = again;
      this.#finish(explanation);
    });
    return true;
  }

  /** Makes the explanation on show once more, with every kernel timed. */
  async profile(): Promise<void> {
    const { explanation, photo } = this.#store.state;
    if (!explanation || !photo || !this.#again) return;
    const again = { ...this.#again, options: { ...this.#again.options, profile: true } };
    await this.#run(again, explanation.target, { profile: undefined }, async (session, { profile, ...explained }, current) => {
      const { signal } = this.#abort as AbortController;
      const ceilings = profile && !explained.aborted ? await untilStopped(session.measureCeilings(), signal) : undefined;
      const { fileOf } = await import("./profile-file.ts");
      if (!current()) return;
      const about = { ...explained, image: photo.name, adapter: session.adapter, ceilings };
      this.#store.set({ run: undefined, profile: profile && ceilings && fileOf(profile, about) });
    });
  }

  /** The session, and how the map on show was made, where nothing else is under way. */
  async idle(): Promise<{ session: Session; again: Again | undefined } | undefined> {
    const session = await this.#session;
    const { run, switching, tuning } = this.#store.state;
    return session && !run && !switching && !tuning ? { session, again: this.#again } : undefined;
  }

  /** Runs an explanation of the photo on show, from what changes when it begins to what `finish` makes of it. */
  async #run(
    { options, seen }: Again,
    target: ClassScore,
    begin: Partial<State>,
    finish: (session: Session, explanation: Explanation, current: () => boolean) => Promise<void>,
  ): Promise<void> {
    const session = await this.#session;
    const { photo, run, switching, tuning } = this.#store.state;
    if (!session || !photo || run || switching || tuning) return;
    const turn = this.#turn;
    const abort = new AbortController();
    this.#abort = abort;
    const current = () => turn === this.#turn && this.#abort === abort;
    this.#store.set({ problem: undefined, run: newRun(options.profile === true), ...begin });
    const estimate = estimator();
    try {
      const explaining = session.explain(seen.opened, {
        ...options,
        signal: abort.signal,
        onProgress: (progress) => {
          if (current()) this.#advance(progress, estimate(progress), target, (options.method as string | undefined) ?? DEFAULT_METHOD);
        },
      });
      const explained = await untilStopped(explaining, abort.signal, () => isDropped(this.#store.state.run));
      if (current()) await finish(session, seen.region ? placed(explained, photo.size, seen.region) : explained, current);
    } catch (error) {
      if (!current()) return;
      const early = error instanceof EngineError && error.code === "ABORTED";
      const { run: ended } = this.#store.state;
      if (ended?.profiling) this.#store.set({ run: undefined, problem: early ? undefined : describeProblem(error) });
      else this.#store.set({ run: undefined, map: undefined, problem: early ? tooEarly(ended?.stage) : describeProblem(error) });
    } finally {
      // What it still tells is of a run that has ended.
      if (this.#abort === abort) this.#abort = undefined;
    }
  }

  #advance(progress: Progress, secondsLeft: number | undefined, { label }: ClassScore, method: string): void {
    const { state } = this.#store;
    const run = advanced(state.run, progress, secondsLeft);
    if (progress.map && state.photo && !run.profiling) {
      const { height, width } = inputInUse(state);
      const crop = partOf(state.photo.size, inputInUse(state), state);
      const shown = { size: { height, width }, crop, label, method, samples: run.samples, asked: run.asked };
      this.#store.set({ run, map: { values: progress.map, ...shown, phase: "growing" } });
    } else this.#store.set({ run });
  }

  #finish(explanation: Explanation): void {
    const { map, height, width, crop, target, method, samples, aborted } = explanation;
    const asked = this.#store.state.run?.asked ?? samples;
    const shown = { size: { height, width }, crop, label: target.label, method, samples, asked };
    this.#store.set({ run: undefined, explanation, map: map && { values: map, ...shown, phase: aborted ? "stopped" : "done" } });
  }

  /** Ends the explanation under way; the engine still draws the map of the samples so far. */
  stop(): void {
    this.#asked++;
    const { run } = this.#store.state;
    if (!run || run.stopping) return;
    this.#store.set({ run: { ...run, stopping: true } });
    this.#abort?.abort();
  }
}
