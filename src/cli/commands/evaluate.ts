/** Evaluates methods on many photos or on composites of them, or merges the shards of such a run; the steps are in ../evaluation. */
import {
  choose,
  DEFAULT_METHOD,
  DEFAULT_METRIC,
  DEFAULT_SAMPLES,
  describePrecision,
  type ExplainOptions,
  findClass,
  METRICS,
  type MetricName,
} from "../../faces/all.ts";
import { CommandError, Interruption } from "../errors.ts";
import { alone, conclude, conduct, prepareRun } from "../evaluation/conduct.ts";
import { checkParts, filesOf, mergeInto, type Part, pathsOfMerge, readPart } from "../evaluation/merge.ts";
import { photosOfRun, type RunPhoto, withOthers } from "../evaluation/photos.ts";
import { compositesOf } from "../evaluation/planted.ts";
import type { ChosenMethod, Request } from "../evaluation/run.ts";
import { type EvaluateCommandOptions, explanationSettings, type WritingOptions } from "../flags.ts";
import { type LocatedClassifier, locateClassifier } from "../locate-classifier.ts";
import { checkFolder, Outputs } from "../output-files.ts";
import { notify } from "../print.ts";
import { readAddress } from "../queue/address.ts";
import { loadQueuePackages } from "../queue/packages.ts";

/**
 * The command `evaluate`: deletion and insertion of several methods' maps of many photos, as tables, curves and a page. What the folder has of
 * the same weights, photos and settings is kept. Throws what the session throws; a photo that cannot be used is filed as left out.
 */
export async function evaluate(sources: readonly string[], options: EvaluateCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, limit } = options;
  const settled = requestOf({ ...options, metrics: inOrder([DEFAULT_METRIC, ...options.metrics]) });
  await checkFolder(out);
  await checkQueue(options);
  const list = await photosOfRun(sources, notify);
  const located = await locateClassifier(options, signal, notify);
  const request = { ...settled, target: options.target === undefined ? undefined : findClass(options.target, located.labels) };
  const prepared = await prepareRun(await completed(list, request, limit), located, request);
  await alone(out, signal, (working) => conduct(prepared, options, signal, working));
}

/**
 * The command `evaluate planted`: as `evaluate`, of composites of the photos, and of whether maps mark what was pasted; what `options.metrics` name is
 * measured beside that.
 */
export async function planted(sources: readonly string[], options: EvaluateCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, metrics } = options;
  if (options.target !== undefined)
    throw new CommandError("--target does not go with planted", "Leave it out: the class of a composite is that of the pasted photo.");
  const request = { ...requestOf({ ...options, metrics: inOrder([...metrics, ...reading("inside")]) }), target: undefined };
  await checkFolder(out);
  await checkQueue(options);
  const list = await photosOfRun(sources, notify);
  const located = await locateClassifier(options, signal, notify);
  await alone(out, signal, async (working) => {
    const composites = await compositesOf({ list, located, options, signal: working }).catch((error) => {
      throw signal.aborted ? new Interruption(`The composites so far are in ${out}: the same command goes on.`) : error;
    });
    if (composites.length === 0) {
      const rule =
        "The classifier must see the class of a pasted photo with it, and not without it: give more photos, of different things.";
      throw new CommandError("No two of the photos make a composite", rule);
    }
    const prepared = await prepareRun(await completed(composites, request), asTheyAre(located), request);
    await conduct(prepared, options, signal, working);
  });
}

/** Refuses, before any file is read, what would end the run later. Throws a CommandError. */
async function checkQueue({ queue }: EvaluateCommandOptions): Promise<void> {
  if (queue === undefined) return;
  readAddress(queue);
  await loadQueuePackages();
}

/** Composites are as large as the input, and are taken as they are. */
function asTheyAre(located: LocatedClassifier): LocatedClassifier {
  const resize = { resize: "squash" } as const;
  const { input, settings } = located;
  return { ...located, input: { ...input, ...resize }, settings: { ...settings, input: { ...settings.input, ...resize } } };
}

function requestOf(options: EvaluateCommandOptions): Omit<Request, "target"> {
  const { methods, preset: protocol, metrics, shard, limit: _, ...rest } = options;
  const { precision: weights = "f32", activations = "f32", seed = 0 } = options;
  const precision = describePrecision(weights, activations);
  const chosen = explanationSettings({ ...rest, method: methods }).map(chooseMethod);
  return { methods: chosen, precision, seed, protocol, metrics, shard };
}

/** Each once, as METRICS has them. */
function inOrder(names: readonly MetricName[]): MetricName[] {
  return METRICS.map(({ name }) => name).filter((name) => names.includes(name));
}

/** Names of the metrics that read something beside the photo and the maps. */
function reading(what: "other" | "inside"): MetricName[] {
  return METRICS.filter((metric) => "reads" in metric && metric.reads === what).map(({ name }) => name);
}

/** Each with another photo, where a metric asked for reads one. */
async function completed(photos: readonly RunPhoto[], { metrics }: Pick<Request, "metrics">, limit?: number): Promise<RunPhoto[]> {
  const reads = reading("other").some((name) => metrics.includes(name));
  return reads ? withOthers(photos, limit) : photos.slice(0, limit);
}

/** The number of samples must not depend on the adapter: shards of one run may have different ones. */
function chooseMethod(given: ExplainOptions): ChosenMethod {
  const name = given.method as string;
  const unsettled = name === DEFAULT_METHOD && (given.samples ?? given.parameters?.samples) === undefined;
  const options = unsettled ? { ...given, samples: DEFAULT_SAMPLES } : given;
  const { decodes, settings } = choose(options, false);
  const { seed: _seed, fit: _fit, ...own } = settings;
  return { name, options, decodes, settings: own };
}

/** The command `evaluate merge`: one table from the runs of all shards. Throws a CommandError for parts that do not belong together. */
export async function merge(folders: readonly string[], options: WritingOptions & { json?: boolean }, signal: AbortSignal): Promise<void> {
  const { out } = options;
  const parts: Part[] = [];
  for (const folder of folders) parts.push(await readPart(folder));
  await checkParts(parts);
  if (parts.some(({ earlier }) => earlier)) {
    notify("These runs are of an earlier version, which recorded neither weights nor photos: only their settings were compared.");
  }
  await checkFolder(out);
  await alone(out, signal, async (working) => {
    const outputs = await Outputs.checkPaths(pathsOfMerge(out, parts), filesOf(parts), options);
    await conclude(await mergeInto(out, parts, outputs, working), outputs, options);
  });
}
