/** Evaluates methods on many photos, or merges the shards of such a run; the steps are in ../evaluation. */
import { join, resolve } from "node:path";
import { choose, DEFAULT_METHOD, DEFAULT_SAMPLES, type ExplainOptions, findClass, METRICS } from "../../faces/all.ts";
import { CommandError, EXIT_ERROR, Interruption } from "../errors.ts";
import { recall } from "../evaluation/memory.ts";
import { checkParts, filesOf, mergeInto, type Part, planCopies, readPart } from "../evaluation/merge.ts";
import { photosOfRun, shardOf, withOthers } from "../evaluation/photos.ts";
import { type Findings, isScored } from "../evaluation/record.ts";
import { reportPaths, writeReport } from "../evaluation/report.ts";
import type { ChosenMethod } from "../evaluation/run.ts";
import { describeRun, type Request, stateOf, weightsPaths } from "../evaluation/run.ts";
import { RUN, Store, sweep } from "../evaluation/store.ts";
import { evaluatePhotos } from "../evaluation/work.ts";
import { asJson } from "../explain-report.ts";
import { type EvaluateCommandOptions, explanationSettings, type WritingOptions } from "../flags.ts";
import { locateClassifier } from "../locate-classifier.ts";
import { lockFolder } from "../lock.ts";
import { checkFolder, Outputs } from "../output-files.ts";
import { notify, printLine } from "../print.ts";

/**
 * The command `evaluate`: deletion and insertion of several methods' maps of many photos, as tables, curves and a page. What the folder has of
 * the same weights, photos and settings is kept. Throws what the session throws; a photo that cannot be used is filed as left out.
 */
export async function evaluate(sources: readonly string[], options: EvaluateCommandOptions, signal: AbortSignal): Promise<void> {
  const { out, limit, shard } = options;
  const settled = requestOf(options);
  await checkFolder(out);
  const list = await photosOfRun(sources, notify);
  const located = await locateClassifier(options, signal, notify);
  const { weights, labels } = located;
  const request = { ...settled, target: options.target === undefined ? undefined : findClass(options.target, labels) };
  const photos = readsOther(request) ? await withOthers(list, limit) : list.slice(0, limit);
  const files = weightsPaths(weights, request.methods);
  const weightsState = await stateOf(files);
  const run = await describeRun(photos, located, request);
  await alone(out, signal, async (working) => {
    const store = await Store.read(out, run);
    const { todo, incomplete, lines } = await recall(store, shardOf(photos, shard));
    // As when the photos were found to be unreadable.
    if (incomplete) process.exitCode = EXIT_ERROR;
    const paths = [join(out, RUN), ...reportPaths(out), ...todo.flatMap(({ name }) => store.pathsOf(name))];
    const outputs = await Outputs.checkPaths(paths, [...list.map(({ path }) => path), ...files], options);
    await outputs.write(new Map([[join(out, RUN), asJson(run)]]));
    for (const line of lines) notify(line);
    const work = { photos: todo, store, outputs, request, located, weightsState, options, signal: working };
    await evaluatePhotos(work).catch((error) => {
      const { photos: all, records } = store.findings;
      const standing = `${records.length} of ${all} photos are in ${resolve(out)}: the same command goes on.`;
      if (signal.aborted) throw new Interruption(standing);
      const { message, fix = "" } = error as Error & { fix?: string };
      throw new CommandError(message.replace(/\.$/, ""), `${fix} ${standing}`.trim(), { cause: error });
    });
    await conclude(store.findings, outputs, options);
  });
}

function requestOf(options: EvaluateCommandOptions): Omit<Request, "target"> {
  const { methods, preset: protocol, metrics, shard, limit: _, ...rest } = options;
  const { precision = "f32", seed = 0 } = options;
  const chosen = explanationSettings({ ...rest, method: methods }).map(chooseMethod);
  return { methods: chosen, precision, seed, protocol, metrics, shard };
}

/** Whether a metric asked for reads another photo. */
function readsOther({ metrics }: Pick<Request, "metrics">): boolean {
  return METRICS.some((metric) => metrics.includes(metric.name) && "reads" in metric && metric.reads === "other");
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
  checkParts(parts);
  if (parts.some(({ earlier }) => earlier)) {
    notify("These runs are of an earlier version, which recorded neither weights nor photos: only their settings were compared.");
  }
  await checkFolder(out);
  await alone(out, signal, async () => {
    const copies = await planCopies(out, parts);
    const outputs = await Outputs.checkPaths([...copies.keys(), join(out, RUN), ...reportPaths(out)], filesOf(parts), options);
    await conclude(await mergeInto(out, parts, copies, outputs), outputs, options);
  });
}

/** Works in a folder that no other process writes to meanwhile. */
async function alone(folder: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const lock = await lockFolder(folder, notify, signal);
  try {
    await sweep(folder);
    await work(AbortSignal.any([signal, lock.lost]));
  } catch (error) {
    if (!lock.lost.aborted) throw error;
    throw new CommandError(`Another process has taken ${folder} over, since this one stood still`, "Wait until it is done.", {
      cause: error,
    });
  } finally {
    await lock.release();
  }
}

async function conclude(findings: Findings, outputs: Outputs, { json }: { json?: boolean }): Promise<void> {
  if (!findings.records.some(({ record }) => isScored(record))) {
    throw new CommandError(
      `No photo of ${findings.folder} has scores`,
      "Give photos that can be read; the reasons are in its photos folder.",
    );
  }
  const { table, markdown, files } = await writeReport(findings, outputs);
  if (json) printLine(JSON.stringify(table, undefined, 2));
  else printLine(markdown);
  notify(`Files: ${files.join(", ")}`);
}
