/** Conducts a run: in a folder of its own, what is missing is evaluated, and the report written. */
import { basename, join, resolve } from "node:path";
import { CommandError, EXIT_ERROR, Interruption } from "../errors.ts";
import type { EvaluateCommandOptions } from "../flags.ts";
import { asJson } from "../json-file.ts";
import type { LocatedClassifier } from "../locate-classifier.ts";
import { lockFolder } from "../lock.ts";
import { Outputs } from "../output-files.ts";
import { notify, printLine } from "../print.ts";
import { FOLDER } from "./html/pages.ts";
import { recall } from "./memory.ts";
import { type RunPhoto, shardOf } from "./photos.ts";
import type { Findings, SkippedRecord } from "./record.ts";
import { reportPaths, writeReport } from "./report.ts";
import { describeRun, type Request, stateOf, weightsPaths } from "./run.ts";
import type { Run } from "./schemas.ts";
import { RUN, Store, sweep } from "./store.ts";
import { evaluatePhotos, type Work } from "./work.ts";

/** A run that is described, before anything is computed. */
export interface PreparedRun {
  readonly photos: readonly RunPhoto[];
  readonly located: LocatedClassifier;
  readonly request: Request;
  /** What `stateOf` said of the weights before they were hashed. */
  readonly weightsState: string;
  readonly run: Run;
}

/** Throws a CommandError where weights cannot be read. */
export async function prepareRun(photos: readonly RunPhoto[], located: LocatedClassifier, request: Request): Promise<PreparedRun> {
  const weightsState = await stateOf(weightsPaths(located.weights, request.methods));
  return { photos, located, request, weightsState, run: await describeRun(photos, located, request) };
}

/** Evaluates what the folder lacks of a run, and writes its report. `signal`: the user's; `working`: the one that ends the work. */
export async function conduct(
  { photos, located, request, weightsState, run }: PreparedRun,
  options: EvaluateCommandOptions,
  signal: AbortSignal,
  working: AbortSignal,
): Promise<void> {
  const { out, shard } = options;
  const store = await Store.read(out, run);
  const { todo, incomplete, lines } = await recall(store, shardOf(photos, shard));
  // As when the photos were found to be unreadable.
  if (incomplete) process.exitCode = EXIT_ERROR;
  const outputs = await Outputs.checkPaths(
    pathsOf(out, store, todo),
    [...photos.flatMap(({ path, other }) => [path, ...(other ? [other.path] : [])]), ...weightsPaths(located.weights, request.methods)],
    options,
  );
  await outputs.write(new Map([[join(out, RUN), asJson(run)]]));
  for (const line of lines) notify(line);
  const work = { photos: todo, request, located, weightsState, options, signal: working };
  const setAside = await evaluateAll(work, store, outputs, options).catch((error) => {
    const known = photos.filter(({ name }) => store.isKnown(name)).length;
    const standing = `${known} of ${photos.length} photos are in ${resolve(out)}: the same command goes on.`;
    if (signal.aborted) throw new Interruption(standing);
    const { message, fix = "" } = error as Error & { fix?: string };
    throw new CommandError(message.replace(/\.$/, ""), `${fix} ${standing}`.trim(), { cause: error });
  });
  await conclude(store.findings(setAside), outputs, options);
}

/** All files that a run may write. */
async function* pathsOf(out: string, store: Store, todo: readonly RunPhoto[]): AsyncGenerator<string> {
  yield join(out, RUN);
  yield* await reportPaths(out);
  for (const { name } of todo) yield* store.pathsOf(name);
}

/** Here, or by workers. Resolves to the photos that these have set aside, by name. */
async function evaluateAll(
  work: Omit<Work, "store">,
  store: Store,
  outputs: Outputs,
  options: EvaluateCommandOptions,
): Promise<ReadonlyMap<string, SkippedRecord>> {
  if (options.queue === undefined) {
    await evaluatePhotos({ ...work, store: store.writing(outputs) });
    return new Map();
  }
  const setAside = await (await import("../queue/drive.ts")).evaluateByQueue({ ...work, store, outputs, options });
  const paths = new Map(work.photos.map(({ name, path }) => [name, path]));
  return new Map([...setAside].map(([name, skipped]) => [name, { image: paths.get(name) as string, skipped }]));
}

/** Works in a folder that no other process writes to meanwhile. */
export async function alone(folder: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
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

/** Writes the report, and prints its table. Throws a CommandError where no photo has scores. */
export async function conclude(findings: Findings, outputs: Outputs, { json }: { json?: boolean }): Promise<void> {
  const { table, markdown, files } = await writeReport(findings, outputs);
  if (json) printLine(JSON.stringify(table, undefined, 2));
  else printLine(markdown);
  const own = files.filter((path) => path === join(findings.folder, basename(path)));
  const pages = files.length > own.length ? [`${files.length - own.length} pages in ${join(findings.folder, FOLDER)}`] : [];
  notify(`Files: ${[...own, ...pages].join(", ")}`);
}
