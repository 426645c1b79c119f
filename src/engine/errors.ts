/** The error that the whole library throws, so that users learn what to do and programs can tell errors apart. */

/**
 * An error that says what happened (`message`) and what to do next (`fix`). `code` is stable and meant for programs:
 * NO_WEBGPU, NO_ADAPTER, LIMIT, OUT_OF_MEMORY, INVALID, DEVICE_LOST, DISPOSED, ABORTED, BAD_WEIGHTS, BAD_MODEL, BAD_IMAGE, BAD_OPTION,
 * UNKNOWN_CLASS, DOWNLOAD, NOT_FINITE, NO_WORKER.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";

  constructor(
    readonly code: string,
    message: string,
    readonly fix: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Throws ABORTED once `signal` has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new EngineError("ABORTED", "The run was aborted.", "Start it again without aborting its signal.", { cause: signal.reason });
  }
}

/** What an allocation ends with that the memory budget has no room for; all in bytes. */
export function memoryError(label: string, size: number, used: number, budget: number): EngineError {
  return new EngineError(
    "OUT_OF_MEMORY",
    `"${label}" needs ${megabytes(size)}, and ${megabytes(used)} of the memory budget of ${megabytes(budget)} are in use.`,
    "Allow more memory, or use a smaller batch or fewer samples.",
  );
}

/** 1234567 -> "1.2 MB". */
export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** What all that a disposed engine is asked for ends with. */
export function disposedError(): EngineError {
  return new EngineError("DISPOSED", "The engine was disposed.", "Create a new one.");
}
