/** Repeats batches until all images are drawn, with progress, early maps and an abort that keeps the map so far. */
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";

/** Images that an aborted run needs to have a map. */
const MIN_ABORTED_IMAGES = 32;
const PREVIEW_SECONDS = 2;

/** Images to be drawn in batches, or iterations to be run. */
export interface Sampling<S extends string> {
  /** As progress calls it. */
  readonly stage: S;
  readonly total: number;
  readonly batch: number;
  /** Images that an aborted run needs; 32 by default. */
  readonly least?: number;
  /** Draws images first ... first + batch and takes in the first `count` of them. Throws ABORTED and then has taken in none. */
  run(first: number, count: number): Promise<void>;
  /** The map so far, for whoever watches; absent where there is none before the end. */
  preview?: ((drawn: number) => Promise<Float32Array>) | undefined;
  /** Whether more images would change nothing: asked after every `block` of them, past whose end no batch then reaches. */
  settled?: ((drawn: number) => Promise<boolean>) | undefined;
  readonly block?: number;
}

/** For whom images are drawn. */
export interface Watcher<S extends string> {
  readonly engine: Engine;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: { stage: S; done: number; total: number; map?: Float32Array }) => void) | undefined;
}

/**
 * Draws every batch and reports progress, with maps so far every two seconds. Returns the number of images drawn: fewer than all where
 * nothing would change any more, and after an abort, which keeps `least` or more. Throws ABORTED before that.
 */
export async function drawAll<S extends string>(
  { engine, onProgress, signal }: Watcher<S>,
  { stage, total, batch, least = MIN_ABORTED_IMAGES, run, preview, settled, block }: Sampling<S>,
): Promise<number> {
  let previewed = performance.now();
  let drawn = 0;
  const step = (settled && block) || total;
  onProgress?.({ stage, done: 0, total });
  while (drawn < total) {
    const count = Math.min(batch, total - drawn, step - (drawn % step));
    try {
      await run(drawn, count);
    } catch (error) {
      if (error instanceof EngineError && error.code === "ABORTED" && drawn >= least) return drawn;
      throw error;
    }
    drawn += count;
    const due = performance.now() - previewed > PREVIEW_SECONDS * 1000 && drawn >= least && drawn < total;
    // A profile is of the explanation alone.
    if (onProgress && preview && due && !signal?.aborted && !engine.profiler) {
      onProgress({ stage, done: drawn, total, map: await preview(drawn) });
      previewed = performance.now();
    } else onProgress?.({ stage, done: drawn, total });
    if (drawn % step === 0 && (await settled?.(drawn))) break;
  }
  return drawn;
}
