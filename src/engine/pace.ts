/** Keeps submits short, so that a page stays responsive and an abort takes effect soon. */

/** No submit should hold a GPU longer than this: a page stays responsive and a watchdog quiet. */
const TARGET_SECONDS = 0.1;
const IN_FLIGHT = 2;

/** What of a GPUQueue is needed. */
interface Queue {
  submit(commands: GPUCommandBuffer[]): void;
  onSubmittedWorkDone(): Promise<unknown>;
}

/**
 * Sizes submits by the adapter's own speed, learned as it works, and keeps at most two in flight, so that an abort is quick and
 * a slow adapter's queue stays short. Work is counted in floating-point operations.
 */
export class Pace {
  readonly #queue: Queue;
  readonly #pending: Promise<void>[] = [];
  readonly #spent = new Map<string, number>();
  #rate = 5e8;
  #lastEnd = 0;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  /** Operations that one submit should hold. */
  get budget(): number {
    return this.#rate * TARGET_SECONDS;
  }

  /** Seconds that submits under this label have taken so far, each from the end of the one before. */
  spent(label: string): number {
    return this.#spent.get(label) ?? 0;
  }

  /**
   * Submits, and waits while too much is in flight. `label` says what the time is counted for. Throws what the queue does while it waits.
   */
  async submit(commands: GPUCommandBuffer, operations: number, label: string): Promise<void> {
    const submitted = performance.now();
    this.#queue.submit([commands]);
    const done = this.#queue.onSubmittedWorkDone().then(() => {
      const now = performance.now();
      const seconds = (now - Math.max(submitted, this.#lastEnd)) / 1000;
      this.#lastEnd = now;
      this.#spent.set(label, this.spent(label) + seconds);
      // Small submits measure latency instead of speed; growth is bounded so that one odd time cannot freeze the page.
      const measured = operations / Math.max(seconds, 1e-4);
      this.#rate = Math.min(Math.max(0.7 * this.#rate + 0.3 * measured, this.#rate / 2, 1e8), this.#rate * 2);
    });
    // Nobody may be left to wait for it.
    done.catch(() => {});
    this.#pending.push(done);
    while (this.#pending.length >= IN_FLIGHT) await this.#pending.shift();
  }

  /** Waits for everything in flight. */
  async drain(): Promise<void> {
    while (this.#pending.length) await this.#pending.shift();
    await this.#queue.onSubmittedWorkDone();
  }
}
