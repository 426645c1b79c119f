import { EngineError } from "../engine/errors.ts";
import type { MethodRequest } from "./method.ts";

/** Images that an aborted run needs to have a map. */
const MIN_ABORTED_IMAGES = 32;
const PREVIEW_SECONDS = 2;

/** Images to be drawn in batches. */
export interface Drawing {
  readonly total: number;
  readonly batch: number;
  /** Draws images first ... first + batch and takes in the first `count` of them. Throws ABORTED and then has taken in none. */
  run(first: number, count: number): Promise<void>;
  /** The map so far, for whoever watches; absent where there is none before the end. */
  preview?: ((drawn: number) => Promise<Float32Array>) | undefined;
}

/**
 * Draws every batch and reports progress, with maps so far every two seconds. Returns the number of images drawn: fewer than all after an
 * abort, which keeps 32 or more. Throws ABORTED before that.
 */
export async function drawAll(
  { engine, onProgress, signal }: Pick<MethodRequest<unknown>, "engine" | "onProgress" | "signal">,
  { total, batch, run, preview }: Drawing,
): Promise<number> {
  let previewed = performance.now();
  let drawn = 0;
  onProgress?.({ stage: "sample", done: 0, total });
  while (drawn < total) {
    const count = Math.min(batch, total - drawn);
    try {
      await run(drawn, count);
    } catch (error) {
      if (error instanceof EngineError && error.code === "ABORTED" && drawn >= MIN_ABORTED_IMAGES) return drawn;
      throw error;
    }
    drawn += count;
    const due = performance.now() - previewed > PREVIEW_SECONDS * 1000 && drawn >= MIN_ABORTED_IMAGES && drawn < total;
    // A profile is of the explanation alone.
    if (onProgress && preview && due && !signal?.aborted && !engine.profiler) {
      onProgress({ stage: "sample", done: drawn, total, map: await preview(drawn) });
      previewed = performance.now();
    } else onProgress?.({ stage: "sample", done: drawn, total });
  }
  return drawn;
}
