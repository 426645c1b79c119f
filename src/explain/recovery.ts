/** Repeats a call where the GPU device was lost or memory ran out. */
import type { BatchOption } from "../classify/batch.ts";
import { EngineError, throwIfAborted } from "../engine/errors.ts";
import type { Loaded } from "./session-state.ts";

/** One run of a call, from its start. */
export interface Attempt {
  readonly loaded: Loaded;
  readonly batch: BatchOption;
  /** To be heeded in place of the caller's. */
  readonly signal: AbortSignal | undefined;
  /** Who is to be told of progress in place of the caller's receiver. */
  follow<P extends AnyProgress>(receiver: ((progress: P) => void) | undefined): ((progress: P) => void) | undefined;
}

interface AnyProgress {
  readonly stage?: string;
  readonly done: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Is told that the device was lost and that the call starts again. */
  readonly onRestart?: (() => void) | undefined;
}

/** What a call runs on. */
export interface CallHost {
  readonly batch: BatchOption;
  /** What is loaded, on a new device if the last one is lost. */
  ready(): Promise<Loaded>;
  /** As `ready`, on the same adapter. Throws DEVICE_LOST where there is another one, or none. */
  restart(): Promise<Loaded>;
}

/**
 * Runs a call. Where a device of our own is lost it starts again, once, on the same adapter with the same choices. Where memory runs out, it
 * starts again without what was kept for later calls, then with half of the batch, unless the batch was asked for: then the error names the
 * batch that fits. Samples are drawn by their numbers, so the result is that of an undisturbed call (another batch changes it by rounding).
 * Throws what `run` does.
 */
export async function runCall<T>(host: CallHost, options: CallOptions, run: (attempt: Attempt) => Promise<T>): Promise<T> {
  const { signal, onRestart } = options;
  let { batch } = host;
  let loaded = await host.ready();
  for (let restarted = false; ; ) {
    try {
      return await perform({ loaded, batch, signal, follow: (receiver) => receiver }, run);
    } catch (error) {
      const { code } = error as Partial<EngineError>;
      // What was kept may be part of what failed.
      const freed = loaded.engine.idle.free();
      if (code === "DEVICE_LOST" && !restarted && !loaded.engine.adopted) {
        onRestart?.();
        throwIfAborted(signal);
        loaded = await host.restart();
        restarted = true;
      } else if (code === "OUT_OF_MEMORY" && (freed || batch.most > 1)) {
        if (freed) continue;
        if (batch.exact) throw await refusal(error as EngineError, loaded, batch.most, signal, run);
        batch = { ...batch, most: Math.floor(batch.most / 2) };
      } else throw error;
    }
  }
}

async function perform<T>(attempt: Attempt, run: (attempt: Attempt) => Promise<T>): Promise<T> {
  const { engine } = attempt.loaded;
  await engine.forget();
  return engine.guard(() => run(attempt));
}

/** Says which batch fits instead, found by running the call up to its first batch. */
async function refusal<T>(
  error: EngineError,
  loaded: Loaded,
  most: number,
  signal: AbortSignal | undefined,
  run: (attempt: Attempt) => Promise<T>,
): Promise<EngineError> {
  for (let half = Math.floor(most / 2); half >= 1; half = Math.floor(half / 2)) {
    const probe = new AbortController();
    const follow: Attempt["follow"] =
      () =>
      ({ stage, done }) => {
        if (done > 0 && (stage === undefined || stage === "sample" || stage === "optimise")) probe.abort();
      };
    const batch = { most: half, exact: true };
    const either = signal ? AbortSignal.any([signal, probe.signal]) : probe.signal;
    try {
      await perform({ loaded, batch, signal: either, follow }, run);
    } catch (failure) {
      const { code } = failure as Partial<EngineError>;
      if (code === "OUT_OF_MEMORY") continue;
      if (code !== "ABORTED" || signal?.aborted) return failure as EngineError;
    }
    const fix = `Use a batch of ${half}, or leave the choice of the batch to the session.`;
    return new EngineError("OUT_OF_MEMORY", `A batch of ${most} does not fit. ${error.message}`, fix, { cause: error });
  }
  return error;
}
