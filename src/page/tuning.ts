/** Tunes the classifier in use to this GPU. */
import type { Controller } from "./controller.ts";
import { ready } from "./ready.ts";
import { untilStopped } from "./run.ts";
import type { State, Store } from "./state.ts";

/** Begins and ends tuning; the outcome ends in the store. */
export class Tuning {
  readonly #store: Store;
  readonly #controller: Controller;
  #abort: AbortController | undefined;

  constructor(store: Store, controller: Controller) {
    this.#store = store;
    this.#controller = controller;
  }

  /** Measures which kernels are the fastest here, and uses and keeps them; ends that where it is under way, which changes nothing. */
  async toggle(): Promise<void> {
    if (this.#store.state.tuning) return this.#abort?.abort();
    const idle = await this.#controller.idle();
    if (!idle) return;
    const { session } = idle;
    const abort = new AbortController();
    this.#abort = abort;
    this.#store.set({ problem: undefined, tuning: { done: 0, total: 0 } });
    try {
      const follow = (progress: NonNullable<State["tuning"]>) => !abort.signal.aborted && this.#store.set({ tuning: progress });
      await untilStopped(session.tune({ signal: abort.signal, onProgress: follow }), abort.signal);
    } catch (error) {
      if (!abort.signal.aborted) this.#controller.report(error);
    }
    this.#store.set({ tuning: undefined, engine: ready(session) });
  }
}
