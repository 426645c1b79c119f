/** Asks about the map on show: what its scores are, and whether its method stands the checks. */
import { type Check, DEFAULT_METHOD, type ExplainOptions, type Explanation, type OpenedBySession } from "../../faces/all.ts";
import type { Session } from "../../faces/worker.ts";
import type { Controller } from "../controller.ts";
import { describeProblem } from "../problem.ts";
import { untilStopped } from "../run.ts";
import type { Store, View } from "../state.ts";
import { EFFORT, GALLERY, type Judged, judgedOf, MAP, PROTOCOL, type Question, RANDOM } from "./judged.ts";

/** What is asked: the classifier, of the photo as it saw it, for the map on show. */
interface Subject {
  readonly session: Session;
  readonly opened: OpenedBySession;
  readonly explanation: Explanation;
  /** Of the explanation, with its class. */
  readonly options: ExplainOptions;
}

/** How far the work on a question is. */
interface Step {
  readonly done: number;
  readonly total: number;
  readonly restarting?: boolean;
  readonly stage?: string;
}

/** What answers a question. */
type Work = (subject: Subject, signal: AbortSignal, onProgress: (step: Step) => void, former: Judged) => Promise<Partial<Judged>>;

/** One question at a time. The answers end in the store; an explanation that begins, or takes the map's place, ends the question. */
export class Judge {
  readonly #store: Store;
  readonly #controller: Controller;
  #abort: AbortController | undefined;
  /** The question under way, to its end. */
  #asking: Promise<void> = Promise.resolve();
  /** Counts how often images were asked for: of strengths that come faster than their images, the last counts. */
  #strengths = 0;

  constructor(store: Store, controller: Controller) {
    this.#store = store;
    this.#controller = controller;
  }

  /** Scores the map by deletion and insertion, beside the random grid, and draws what they show. */
  score(): Promise<void> {
    return this.#ask("scores", async ({ session, opened, explanation }, signal, onProgress) => {
      const map = explanation.map as Float32Array;
      const options = { target: explanation.target.index, protocol: PROTOCOL, yardsticks: [RANDOM], signal, onProgress };
      const evaluation = await session.evaluate(opened, { [MAP]: map }, options);
      const pictures = await session.drawCurves(opened, map, { protocol: PROTOCOL, signal });
      return { scores: { evaluation, pictures } };
    });
  }

  /** Gets the photo as the classifier takes it. */
  takePictures(): Promise<void> {
    return this.#ask("pictures", async ({ session, opened, explanation }, signal) => {
      const options = { protocol: PROTOCOL, signal };
      return { pictures: await session.drawCurves(opened, explanation.map as Float32Array, options) };
    });
  }

  /**
   * Draws synthetic images of the map's class and places them in the plane. `hidden`: the share of each that is hidden, where images are made by gates;
   * undefined where it is as the map's explanation had it.
   */
  async drawImages(hidden: number | undefined): Promise<void> {
    const strength = ++this.#strengths;
    if (this.#store.state.judging?.question === "images") {
      this.stop();
      await this.#asking;
      if (strength !== this.#strengths) return;
    }
    return this.#ask("images", async ({ session, opened, explanation, options: given }, signal, onProgress) => {
      const { target, seed, synthesis, gates, fill, noiseScale, keep } = given;
      const own = explanation.method === DEFAULT_METHOD ? { synthesis, gates, fill, noiseScale, keep } : {};
      const strength = hidden === undefined ? {} : { gates: "random", keep: 1 - hidden };
      const chosen = Object.fromEntries(Object.entries({ target, seed, ...own, ...strength }).filter(([, value]) => value !== undefined));
      const images = await session.embed(opened, { ...chosen, ...GALLERY, signal, onProgress });
      return { images: { ...images, names: Array.from(images.choices, (choice) => session.labels[choice] as string) } };
    });
  }

  /** Makes a check of the map's method, with the settings of the map. */
  check(check: Check): Promise<void> {
    return this.#ask(check, async ({ session, opened, explanation, options: given }, signal, onProgress, former) => {
      const { profile: _, onProgress: __, ...rest } = given;
      const options: ExplainOptions = explanation.method === DEFAULT_METHOD ? { ...rest, samples: explanation.samples } : rest;
      const found = await session.check(opened, { ...options, ...EFFORT, checks: [check], signal, onProgress });
      return { checks: { ...former.checks, [check]: found[check] } };
    });
  }

  /** Ends the question under way. */
  stop(): void {
    const { judging } = this.#store.state;
    if (!judging || judging.stopping) return;
    this.#store.set({ judging: { ...judging, stopping: true } });
    this.#abort?.abort();
  }

  /** Ends a question about a map that is no longer on show, or that an explanation would have to wait for. */
  readonly view: View = ({ run, explanation, switching }, before) => {
    if (run || switching || explanation !== before?.explanation) this.stop();
  };

  #ask(question: Question, work: Work): Promise<void> {
    // One at a time.
    if (this.#abort) return Promise.resolve();
    this.#asking = this.#answer(question, work);
    return this.#asking;
  }

  async #answer(question: Question, work: Work): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    const store = this.#store;
    try {
      const idle = await this.#controller.idle();
      const { explanation } = store.state;
      if (!idle?.again || !explanation?.map) return;
      const { session, again } = idle;
      const subject = { session, opened: again.seen.opened, explanation, options: again.options };
      store.set({ problem: undefined, judging: { question, done: 0, total: 0, stopping: false, restarting: false } });
      const follow = ({ done, total, restarting = false, stage = "sample" }: Step) => {
        const { judging } = store.state;
        if (abort.signal.aborted) return;
        const lost = restarting || stage === "restarting";
        // Of an explanation's stages the images alone are counted.
        if (!judging || !(lost || stage === "sample")) return;
        store.set({ judging: { ...judging, done, total, restarting: lost } });
      };
      const former = judgedOf(store.state) ?? { explanation, checks: {} };
      const found = await untilStopped(work(subject, abort.signal, follow, former), abort.signal);
      if (store.state.explanation === explanation) store.set({ judged: { ...former, ...found } });
    } catch (error) {
      if (!abort.signal.aborted) store.set({ problem: describeProblem(error) });
    } finally {
      this.#abort = undefined;
      store.set({ judging: undefined });
    }
  }
}
