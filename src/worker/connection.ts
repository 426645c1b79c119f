/** The page's end of the way to a worker: calls in their order, and the page's functions that the worker calls. */
import { EngineError } from "../engine/errors.ts";
import { refuseOption } from "../engine/printable.ts";
import { packError, unpackError } from "./errors.ts";
import type { Facts, Method, Outcome, PackedPhoto, PlainError, ToPage, ToWorker } from "./messages.ts";
import { PageFunctions, pack } from "./packing.ts";
import { refusedMessage } from "./photos.ts";

interface Answer {
  readonly value: unknown;
  /** The photo's pixels, see ToPage. */
  readonly source: unknown;
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
  readonly signal: AbortSignal | undefined;
}

type PhotoPacker = () => Promise<{ photo: PackedPhoto; memory: Transferable[] }>;

export class Connection {
  readonly #worker: Worker;
  readonly #functions = new PageFunctions();
  readonly #pending = new Map<number, Pending>();
  /** What functions of the page threw, for whom it reaches again. */
  readonly #thrown: unknown[] = [];
  #facts: Facts | undefined;
  #ended: EngineError | undefined;
  #calls = 0;
  /** Photos are packed one after the other, so that calls arrive in their order. */
  #sending: Promise<unknown> = Promise.resolve();

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<ToPage>) => this.#hear(data);
    worker.onerror = ({ message }) => this.#end(notRunning(message || "its script cannot be loaded"));
    worker.onmessageerror = () => this.#end(notRunning("what it sent cannot be read"));
  }

  /** Throws BAD_OPTION, NO_WORKER. */
  static open(worker: Worker | undefined): Connection {
    if (typeof worker?.postMessage === "function") return new Connection(worker);
    if (worker !== undefined) refuseOption("worker is", worker, 'Give a Worker, such as new Worker(its address, { type: "module" }).');
    if (typeof Worker === "undefined") {
      throw new EngineError("NO_WORKER", "This environment has no workers.", 'Use Session of "relabel".');
    }
    try {
      // Named so, Vite leaves it alone; the built library says `new Worker`, which is what bundlers look for.
      return new Connection(new globalThis.Worker(new URL(/* @vite-ignore */ "./worker-thread.ts", import.meta.url), { type: "module" }));
    } catch (cause) {
      throw notRunning((cause as Error).message, cause);
    }
  }

  /** What the session last said of itself; there once it was created. */
  get facts(): Facts {
    return this.#facts as Facts;
  }

  /** Has the worker run a method. Throws what it throws there, and what the page's own functions throw meanwhile. */
  call(method: Method, photo: PhotoPacker | undefined, options: { signal?: AbortSignal | undefined }): Promise<Answer> {
    const call = ++this.#calls;
    const { signal } = options;
    const forward = () => this.#post({ kind: "abort", call });
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#pending.set(call, { resolve, reject, signal });
    });
    const send = async () => {
      try {
        if (this.#ended) throw this.#ended;
        const packed = await photo?.();
        const plain = pack(options, call, this.#functions);
        this.#post({ kind: "call", call, method, photo: packed?.photo, options: plain }, packed?.memory);
        signal?.addEventListener("abort", forward);
      } catch (error) {
        this.#pending.get(call)?.reject(error);
      }
    };
    this.#sending = this.#sending.then(send);
    return answer.finally(() => {
      this.#pending.delete(call);
      signal?.removeEventListener("abort", forward);
      // The session asks for weights and tunings for as long as it lives.
      if (method !== "create") this.#functions.end(call);
    });
  }

  /** The worker need not keep what it opened. */
  close(opened: number): void {
    this.#post({ kind: "close", opened });
  }

  dispose(): void {
    this.#end(new EngineError("DISPOSED", "The session was disposed.", "Create a new one."));
  }

  #end(error: EngineError): void {
    if (this.#ended) return;
    this.#ended = error;
    this.#worker.terminate();
    for (const { reject } of this.#pending.values()) reject(error);
  }

  #post(message: ToWorker, memory: Transferable[] = []): void {
    if (this.#ended) return;
    try {
      this.#worker.postMessage(message, memory);
    } catch (cause) {
      throw refusedMessage(cause);
    }
  }

  #hear(message: ToPage): void {
    if (message.kind === "outcome") this.#settle(message);
    else if (message.kind === "tell") this.#tell(message.function, message.args);
    else void this.#answer(message.invocation, message.function, message.args);
  }

  #settle({ call, outcome, facts, source }: ToPage & { kind: "outcome" }): void {
    if (facts) this.#facts = { ...this.#facts, ...facts } as Facts;
    const pending = this.#pending.get(call);
    if ("value" in outcome) pending?.resolve({ value: outcome.value, source });
    else pending?.reject(this.#errorOf(outcome.error, pending.signal));
  }

  /** Errors of the page's own functions come back as they were thrown. */
  #errorOf(plain: PlainError, signal: AbortSignal | undefined): unknown {
    if (plain.thrown !== undefined) return this.#thrown[plain.thrown];
    const error = unpackError(plain);
    if (plain.code === "ABORTED" && signal?.aborted) error.cause = signal.reason;
    return error;
  }

  /** What a receiver of news throws ends the call that it was given with, as it does in a session of the page. */
  #tell(number: number, args: readonly unknown[]): void {
    const found = this.#functions.find(number);
    try {
      found?.run(...args);
    } catch (error) {
      const { call } = found as { call: number };
      const pending = this.#pending.get(call);
      if (!pending) reportError(error);
      pending?.reject(error);
      this.#post({ kind: "abort", call });
    }
  }

  async #answer(invocation: number, number: number, args: readonly unknown[]): Promise<void> {
    const found = this.#functions.find(number);
    const answer = (outcome: Outcome) => this.#post({ kind: "answer", invocation, outcome });
    try {
      answer({ value: pack(await found?.run(...args), found?.call ?? 0, this.#functions) });
    } catch (error) {
      answer({ error: { ...packError(error), thrown: this.#thrown.push(error) - 1 } });
    }
  }
}

function notRunning(why: string, cause?: unknown): EngineError {
  return new EngineError(
    "NO_WORKER",
    `The worker does not run: ${why.replace(/\.$/, "")}.`,
    'Serve node_modules/relabel/dist with your page, or bundle "relabel/worker-thread" and give `worker: new Worker(its address, { type: "module" })`.',
    { cause },
  );
}
