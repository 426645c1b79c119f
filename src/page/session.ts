/** Starts the classifier of the page: in a worker, so that the page only draws. */
import type { SessionOptions, TeacherDefinition } from "../faces/all.ts";
import { Session } from "../faces/worker.ts";
import { readWeights } from "./bundled-weights.ts";
import { type ClassifierSettings, type Download, isOpenedModel, type OpenedModel, type OpenedWeights } from "./state.ts";
import { browserStore } from "./tuning-store.ts";

/** What replaces the classifier in use, apart from its net. */
export interface Replacement {
  /** Weights that the user opened. */
  own?: OpenedWeights | OpenedModel | undefined;
  settings?: ClassifierSettings | undefined;
  /** What is left unused of the files, a sentence each. */
  unused?: readonly string[];
}

/**
 * Loads a classifier in a worker. `onDownload` hears of weights that the page's own server sends, and `undefined` at their end. Throws what
 * `Session.create` of `relabel/worker` throws, and a PageError where weights cannot be had.
 */
export function createSession(
  { name, file: wanted }: TeacherDefinition,
  { own, settings }: Replacement,
  onDownload: (download: Download | undefined) => void,
): Promise<Session> {
  const weights: SessionOptions["weights"] = async (file) =>
    own && !isOpenedModel(own) && file === wanted ? own.input : readWeights(file, onDownload);
  return Session.create({
    ...settings,
    model: isOpenedModel(own) ? own.input : name,
    tuning: browserStore(),
    weights,
    worker: new Worker(new URL("../worker/worker-thread.ts", import.meta.url), { type: "module" }),
  });
}
