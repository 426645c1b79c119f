/** Loads a session's classifier, and loads it again after its device was lost. */
import type { Model } from "../classify/model.ts";
import { adapterName } from "../engine/adapter.ts";
import { EngineError } from "../engine/errors.ts";
import { type Loaded, load, type SessionOptions, unload } from "./session-state.ts";

/** A browser that restarts its GPU process has no adapter for a moment: milliseconds before the second, third, ... question for one. */
const WAITS = [100, 200, 400, 800, 1600];

/** Loads a session's teacher; a device that is lost meanwhile is replaced once. Throws what `load` does. */
export async function loadFirst(options: SessionOptions, model: Model): Promise<Loaded> {
  try {
    return await load(options, model);
  } catch (error) {
    if (options.device || (error as Partial<EngineError>).code !== "DEVICE_LOST") throw error;
    return load(options, model);
  }
}

/**
 * Loads all anew on another device than that of `former`, which is lost, and with the choices made there. `same`: on the same adapter. Throws
 * DEVICE_LOST where the browser has no adapter any more, or, with `same`, another one; and what `load` does.
 */
export async function reload(former: Loaded, options: SessionOptions, model: Model, same: boolean): Promise<Loaded> {
  const { engine, tuning } = former;
  unload(former);
  const loaded = await retrying(() => load(options, model, { tuning, choices: engine.choices }));
  const [before, now] = [adapterName(engine.adapter), adapterName(loaded.engine.adapter)];
  if (!same || now === before) return loaded;
  unload(loaded);
  throw new EngineError(
    "DEVICE_LOST",
    `The GPU device was lost, and the browser now offers another adapter (${now} instead of ${before}).`,
    "Try again to go on with that one: results may differ in their last digits.",
  );
}

async function retrying(attempt: () => Promise<Loaded>): Promise<Loaded> {
  for (let turn = 0; ; turn++) {
    try {
      return await attempt();
    } catch (error) {
      const { code } = error as Partial<EngineError>;
      if (code !== "NO_ADAPTER" && code !== "DEVICE_LOST") throw error;
      const wait = WAITS[turn];
      if (wait === undefined) {
        throw new EngineError(
          "DEVICE_LOST",
          "The GPU device was lost, and the browser offers no adapter any more.",
          "Close all windows of the browser and start it again: after crashes of its GPU process it gives pages no GPU, reloaded or not.",
          { cause: error },
        );
      }
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}
