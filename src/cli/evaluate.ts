import { resolve } from "node:path";
import { DEFAULT_METHOD, DEFAULT_SAMPLES, type ExplainOptions } from "../index.ts";
import { describeAdapter, eachPhoto } from "./command.ts";
import { CommandError, describeError, Interruption } from "./errors.ts";
import { type ChosenMethod, judge } from "./evaluation/judge.ts";
import { type ListedPhoto, listPhotos, shardOf } from "./evaluation/photos.ts";
import { writeReport } from "./evaluation/report.ts";
import { type Run, Store } from "./evaluation/store.ts";
import { locateWeights } from "./locate.ts";
import { type EvaluateCommandOptions, explanationSettings } from "./options.ts";
import { notify, printLine } from "./print.ts";
import { ProgressBar } from "./progress.ts";

/**
 * The command `evaluate`: deletion and insertion of several methods' maps of many photos, as tables, curves and a page. Goes on where an
 * earlier run into the same folder stopped. Throws what the session throws; a photo that cannot be used is filed as left out.
 */
export async function evaluate(sources: readonly string[], options: EvaluateCommandOptions, signal: AbortSignal): Promise<void> {
  const { methods: names, preset: protocol, metrics, limit, shard, ...rest } = options;
  const methods = explanationSettings({ ...rest, method: names }).map(chooseMethod);
  const photos = await listPhotos(sources, limit);
  const { fit = "crop", seed = 0, target } = options;
  const { teacher } = await locateWeights(options.weights, options.teacher, signal);
  const settings = { teacher: teacher.name, precision: options.precision ?? "f32", fit, target: target ?? null, seed, protocol, metrics };
  // The method is named, and the rest stands beside.
  const chosen = methods.map(({ name, options: { target: _target, seed: _seed, fit: _fit, method: _method, ...own } }) => ({
    name,
    options: own,
  }));
  const run: Run = { settings: { ...settings, methods: chosen }, photos: photos.map(({ name }) => name), shard };
  const store = await Store.open(options.out, run);
  const left = shardOf(photos, shard).filter(({ name }) => !store.has(name));
  if (left.length < photos.length) notify(`${photos.length - left.length} of ${photos.length} photos are done, or another shard's.`);
  await judgeAll(left, store, methods, options, { target, fit, seed, protocol, metrics }, signal);
  await conclude(store, options);
}

/** The number of samples must not depend on the adapter: shards of one run may have different ones. */
function chooseMethod(options: ExplainOptions): ChosenMethod {
  const name = options.method as string;
  const unsettled = name === DEFAULT_METHOD && (options.samples ?? options.parameters?.samples) === undefined;
  return { name, options: unsettled ? { ...options, samples: DEFAULT_SAMPLES } : options };
}

/** The command `evaluate merge`: one table from the runs of all shards. */
export async function merge(folders: readonly string[], options: { out: string; json?: boolean }): Promise<void> {
  const parts: Store[] = [];
  for (const folder of folders) parts.push(await Store.read(folder));
  await conclude(await Store.merge(options.out, parts), options);
}

async function judgeAll(
  photos: readonly ListedPhoto[],
  store: Store,
  methods: readonly ChosenMethod[],
  options: EvaluateCommandOptions,
  settings: Pick<Parameters<typeof judge>[4], "target" | "fit" | "seed" | "protocol" | "metrics">,
  signal: AbortSignal,
): Promise<void> {
  const names = new Map(photos.map(({ path, name }) => [path, name]));
  const bar = new ProgressBar();
  const began = performance.now();
  let done = 0;
  const show = (share: number, what: string) => {
    const part = (done + share) / photos.length;
    const left = part > 0 ? ((performance.now() - began) / 1000) * (1 / part - 1) : undefined;
    bar.show("evaluating", done + share, photos.length, {
      count: `${done}/${photos.length} photos`,
      ...(left === undefined ? {} : { left }),
      note: what && ` | ${what}`,
    });
  };
  try {
    await eachPhoto(
      [...names.keys()],
      options,
      signal,
      async (runtime, image, photo) => {
        if (done === 0) notify(describeAdapter(runtime.adapter));
        const name = names.get(image) as string;
        const onProgress = (share: number, what: string) => show(share, `${name}, ${what}`);
        const { record, pictures } = await judge(runtime, image, photo, methods, { ...settings, signal, onProgress });
        await store.add(name, record, pictures);
        done++;
        show(0, "");
      },
      async (image, error) => {
        await store.add(names.get(image) as string, { image, skipped: describeError(error).replace(/^error: /, "") });
        done++;
      },
    );
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interruption(
      `${store.records.length} of ${store.run.photos.length} photos are in ${resolve(store.folder)}: the same command goes on.`,
    );
  } finally {
    bar.stop();
  }
}

async function conclude(store: Store, { json }: { json?: boolean }): Promise<void> {
  if (!store.hasScores) {
    throw new CommandError(`No photo of ${store.folder} has scores`, "Give photos that can be read; the reasons are in its photos folder.");
  }
  const { table, markdown, files } = await writeReport(store);
  if (json) printLine(JSON.stringify(table, undefined, 2));
  else printLine(markdown);
  notify(`Files: ${files.join(", ")}`);
}
