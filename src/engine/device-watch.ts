/** Turns what WebGPU reports late, in scopes and events, into errors of the calls that caused it. */
import { EngineError } from "./errors.ts";

const FILTERS = ["validation", "internal", "out-of-memory"] as const;
/** How long a rejected promise of a device waits for the news that the device is lost, in milliseconds. */
const GRACE = 250;

/**
 * What a device reports late: errors of calls, and its loss. Error scopes are pushed and popped in one synchronous stretch, so that whoever
 * shares the device keeps its own scopes and errors. Errors wait here until `settle` collects them; each is reported once.
 */
export class DeviceWatch {
  readonly #device: GPUDevice;
  readonly #adopted: boolean;
  readonly #advice: string;
  readonly #pending = new Set<Promise<void>>();
  readonly #waiting = new Set<(error: EngineError) => void>();
  #faults: EngineError[] = [];
  #lost: GPUDeviceLostInfo | undefined;

  /** `advice`: what to do where the device refuses a call. */
  constructor(device: GPUDevice, adopted: boolean, advice: string) {
    this.#device = device;
    this.#adopted = adopted;
    this.#advice = advice;
    const report = (event: Event) => {
      this.#faults.push(this.#invalid("a command", (event as GPUUncapturedErrorEvent).error.message));
    };
    device.lost.then((info) => {
      this.#lost = info;
      // Node's WebGPU keeps listeners, and all that they refer to, for ever.
      device.removeEventListener("uncapturederror", report);
      for (const fail of this.#waiting) fail(this.lossError());
      this.#waiting.clear();
    });
    // All calls of ours are scoped: on an adopted device an error outside of scopes is its owner's, and WebGPU tells the owner.
    if (!adopted) device.addEventListener("uncapturederror", report);
  }

  get lost(): boolean {
    return this.#lost !== undefined;
  }

  /** Why nothing works any more, and what to do. */
  lossError(cause?: unknown): EngineError {
    const fix = this.#adopted
      ? "Create a new session with a new device."
      : "Try again: the session starts anew on another device. If that does not help, close all windows of the browser and start it again.";
    return new EngineError("DEVICE_LOST", `The GPU device was lost: ${describeLoss(this.#lost)}.`, fix, { cause: cause ?? this.#lost });
  }

  /**
   * Runs synchronous calls to the device and takes in the errors that it reports of them. `what` names them in a message. Throws INVALID or
   * OUT_OF_MEMORY where a call throws by itself.
   */
  attempt<T>(what: string, calls: () => T): T {
    for (const filter of FILTERS) this.#device.pushErrorScope(filter);
    try {
      return calls();
    } catch (error) {
      if (error instanceof EngineError) throw error;
      const { message } = error as Error;
      throw error instanceof RangeError ? outOfMemory(what, message) : this.#invalid(what, message, error);
    } finally {
      // Inside out: the scope pushed last is popped first.
      for (const filter of [...FILTERS].reverse()) this.#collect(filter, what);
    }
  }

  #collect(filter: GPUErrorFilter, what: string): void {
    const popped = this.#device.popErrorScope().then(
      (error) => {
        if (error) this.#faults.push(filter === "out-of-memory" ? outOfMemory(what, error.message) : this.#invalid(what, error.message));
      },
      // Only a lost device rejects, and its loss is noticed by itself.
      () => {},
    );
    this.#pending.add(popped);
    popped.then(() => this.#pending.delete(popped));
  }

  #invalid(what: string, message: string, cause?: unknown): EngineError {
    return new EngineError("INVALID", `The GPU refused ${what}: ${firstLine(message)}.`, this.#advice, { cause });
  }

  /** An error that has been reported so far, which is forgotten; what ran out of memory comes before what that made invalid. */
  take(): EngineError | undefined {
    const faults = this.#faults;
    this.#faults = [];
    return faults.find(({ code }) => code === "OUT_OF_MEMORY") ?? faults[0];
  }

  /** As `take`, of all calls made so far. */
  async settle(): Promise<EngineError | undefined> {
    if (this.#pending.size > 0) await this.answer(Promise.all(this.#pending)).catch(() => {});
    return this.take();
  }

  /** The answer of a promise of the device. Throws DEVICE_LOST as soon as the device is lost, whatever becomes of the promise. */
  answer<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#lost) reject(this.lossError());
      else this.#waiting.add(reject);
      promise.then(resolve, reject).finally(() => this.#waiting.delete(reject));
    });
  }

  /** Resolves once it is known whether the device is lost: promises of a lost device may be rejected before the loss is told. */
  async lossIsKnown(): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const grace = new Promise((resolve) => {
      timer = setTimeout(resolve, GRACE);
    });
    await Promise.race([this.#device.lost, grace]);
    clearTimeout(timer);
  }
}

function outOfMemory(what: string, message: string): EngineError {
  return new EngineError(
    "OUT_OF_MEMORY",
    `The GPU has not enough memory for ${what} (${firstLine(message)}).`,
    "Close other programs that use the GPU, or use a smaller batch or fewer samples.",
  );
}

/** Browsers add stacks of calls below. */
function firstLine(message: string): string {
  return (message.trim().split("\n")[0] as string).replace(/\.$/, "");
}

function describeLoss(info: GPUDeviceLostInfo | undefined): string {
  if (!info) return "it stopped answering";
  if (info.reason === "destroyed") return "it was destroyed";
  // What Chrome says once its GPU process is gone.
  if (!info.message || /external Instance/.test(info.message)) return "the browser's GPU process stopped";
  return firstLine(info.message);
}
