/** Keeps a worker's unit its own for as long as the process lives, by a thread. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { QueueAddress } from "./address.ts";
import { BOSS_SCHEMA, WORKER } from "./database.ts";
import type { HeartbeatData, HeldUnit } from "./heartbeat-thread.ts";
import { UNITS } from "./units.ts";

export class Heartbeat {
  #held: { readonly id: string; readonly lost: AbortController } | undefined;
  /** Aborted where the thread has ended. */
  readonly #broken = new AbortController();

  private constructor(private readonly thread: Worker) {
    thread.on("message", (id: string) => {
      if (this.#held?.id === id) this.#held.lost.abort(new Error("The unit was given to another worker."));
    });
    thread.on("error", (error) => this.#broken.abort(error));
  }

  static async start({ connectionString }: QueueAddress): Promise<Heartbeat> {
    const { ADDRESS } = await import("./heartbeat-thread.ts");
    const data: HeartbeatData = { connectionString, schema: BOSS_SCHEMA, queue: UNITS, instance: WORKER };
    // The address of the database is in the thread's memory alone: neither among its arguments nor in its environment.
    return new Heartbeat(new Worker(new URL(ADDRESS), { workerData: data, execArgv: [] }));
  }

  /** Renews this unit, and no other, from now on. The signal is aborted once the unit is another worker's, or cannot be renewed. */
  keep({ id, retryCount, leaseSeconds }: HeldUnit): AbortSignal {
    const lost = new AbortController();
    this.#held = { id, lost };
    this.thread.postMessage({ id, retryCount, leaseSeconds } satisfies HeldUnit);
    return AbortSignal.any([lost.signal, this.#broken.signal]);
  }

  release(): void {
    this.#held = undefined;
    this.thread.postMessage(undefined);
  }

  /** Throws what has ended the thread. */
  check(): void {
    this.#broken.signal.throwIfAborted();
  }

  async stop(): Promise<void> {
    const ended = once(this.thread, "exit");
    this.thread.postMessage("stop");
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 2000).unref())]);
    await this.thread.terminate();
  }
}
