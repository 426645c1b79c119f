/** Asks about the map on show: what its scores are, and whether its method stands the checks. */
import { type Check, DEFAULT_METHOD, type ExplainOptions, type Explanation, type OpenedBySession } from "../../faces/all.ts";
import type { Session } from "../../faces/worker.ts";
import type { Controller } from "../controller.ts";
import { describeProblem } from "../problem.ts";
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

/** One question at a time. The answers end in the store; an explanation that begins, or takes the map's place, ends the question. */
export class Judge {
  readonly #store: Store;
  readonly #controller: Controller;
  #abort: AbortController | undefined;

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
  drawImages(hidden: number | undefined): Promise<void> {
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

  async #ask(
    question: Question,
    work: (
      subject: Subject,
      signal: AbortSignal,
      onProgress: (progress: { done: number; total: number }) => void,
      former: Judged,
    ) => Promise<Partial<Judged>>,
  ): Promise<void> {
    if (this.#abort) return;
    const abort = new AbortController();
    this.#abort = abort;
    const store = this.#store;
    try {
      const idle = await this.#controller.idle();
      const { explanation } = store.state;
      if (!idle?.again || !explanation?.map) return;
      const { session, again } = idle;
      const subject = { session, opened: again.seen.opened, explanation, options: again.options };
      store.set({ problem: undefined, judging: { question, done: 0, total: 1, stopping: false } });
      const follow = ({ done, total }: { done: number; total: number }) => {
        const { judging } = store.state;
        if (judging && !judging.stopping) store.set({ judging: { ...judging, done, total } });
      };
      const former = judgedOf(store.state) ?? { explanation, checks: {} };
      const found = await work(subject, abort.signal, follow, former);
      if (store.state.explanation === explanation) store.set({ judged: { ...former, ...found } });
    } catch (error) {
      if (!abort.signal.aborted) store.set({ problem: describeProblem(error) });
    } finally {
      this.#abort = undefined;
      store.set({ judging: undefined });
    }
  }
}
