/** Tunes the classifier of a session, once it is loaded. */
import type { BatchOption } from "../classify/batch.ts";
import { savedShare } from "../nets/measure-variants.ts";
import { settle } from "./explain-options.ts";
import { relabelBatch } from "./relabel/batch.ts";
import { synthesisBatch } from "./relabel/synthesis.ts";
import { makeScene } from "./scene.ts";
import { type Loaded, recompile } from "./session-state.ts";
import type { TuneOptions, TuningReport } from "./tuning.ts";

/**
 * Measures the ways to compute the teacher's dense layers, for one image and for an explanation's batch, and takes the fastest from now on.
 * Changes nothing where it throws: ABORTED, OUT_OF_MEMORY, DEVICE_LOST.
 */
export async function tuneLoaded(loaded: Loaded, options: TuneOptions, batch: BatchOption): Promise<TuningReport> {
  const { engine, teacher } = loaded;
  const former = [...engine.choices];
  // Its plans have the former choices.
  engine.idle.free();
  const batches = new Set([1, options.batch ?? explanationBatch(loaded, batch)]);
  const layers = await teacher.tune(engine, [...batches], options);
  try {
    await recompile(loaded);
  } catch (error) {
    engine.choices.clear();
    for (const [key, choice] of former) engine.choices.set(key, choice);
    await teacher.transform(engine);
    await recompile(loaded);
    throw error;
  }
  loaded.tuning = { choices: Object.fromEntries(engine.choices), saved: savedShare(layers) };
  return { ...loaded.tuning, layers };
}

/** The batch of an explanation by re-label distillation with default settings. */
function explanationBatch({ engine, teacher }: Loaded, batch: BatchOption): number {
  const settings = settle({}, engine.adapter.software);
  const scene = makeScene(engine, teacher.input);
  try {
    return synthesisBatch({ engine, teacher, vae: undefined, scene, settings, target: 0, batch: relabelBatch(batch, settings) });
  } finally {
    scene.dispose();
  }
}
