/** What commands that take photos have in common: one session for all photos, unreadable ones skipped, results printed. */
import { type AdapterInfo, adapterName, type ClassScore, findClass, type InputSpec, type Photo } from "../faces/all.ts";
import type { CommonOptions } from "./flags.ts";
import { isAlone, type ListedPhoto } from "./list-photos.ts";
import { type LocatedClassifier, locateClassifier } from "./locate-classifier.ts";
import { notify, printLine } from "./print.ts";
import { percent } from "./progress.ts";
import { checkPhoto, PhotoError, readPhoto } from "./read-photo.ts";
import { reportError } from "./report-error.ts";
import { openRuntime } from "./runtime.ts";
import type { Runtime } from "./runtime-types.ts";
import { fileStore } from "./tuning-store.ts";

/** A session of a classifier, and how that takes photos. */
export interface OpenSession {
  readonly runtime: Runtime;
  readonly input: InputSpec;
}

/**
 * `located`: the classifier, where it is located already. `target`: the class to explain. `session`: who opens the session, and closes it
 * later; without it, it is open for these photos alone.
 */
export type PhotoOptions = CommonOptions & {
  located?: LocatedClassifier;
  target?: string;
  session?: (signal: AbortSignal) => Promise<OpenSession>;
};

/**
 * Hands the photos one by one to `work`, with one session for all of them, opened once the first photo has been read, and with how the classifier
 * takes photos. Those that cannot be read are reported, handed to `skip` and left out. Throws what opening and `work` throw, and the signal's
 * reason once it is aborted.
 */
export async function eachPhoto<P extends ListedPhoto>(
  photos: readonly P[],
  options: PhotoOptions,
  signal: AbortSignal,
  work: (runtime: Runtime, listed: P, photo: Photo, input: InputSpec) => Promise<void>,
  skip: (listed: P, error: unknown) => Promise<void> = async () => {},
): Promise<void> {
  const readable: P[] = [];
  for (const listed of photos) {
    if (
      await reports(
        () => checkPhoto(listed.path),
        (error) => skip(listed, error),
      )
    )
      readable.push(listed);
  }
  let opened: OpenSession | undefined;
  try {
    for (const listed of readable) {
      await reports(
        async () => {
          const photo = await readPhoto(listed.path);
          signal.throwIfAborted();
          opened ??= await (options.session ? options.session(signal) : open(options, signal));
          signal.throwIfAborted();
          await work(opened.runtime, listed, photo, opened.input);
        },
        (error) => skip(listed, error),
      );
    }
  } finally {
    if (!options.session) await opened?.runtime.close();
  }
}

/** Prints reports as one JSON document: that of a single photo that was named, or a list. Nothing where there are none. */
export function printReports(reports: readonly object[], sources: readonly string[], photos: readonly ListedPhoto[]): void {
  if (reports.length > 0) printLine(JSON.stringify(isAlone(sources, photos) ? reports[0] : reports, undefined, 2));
}

/**
 * A session of the classifier, and how that takes photos. Throws what locating the weights and opening the session do; UNKNOWN_CLASS before a
 * browser is started.
 */
export async function open(options: PhotoOptions, signal: AbortSignal): Promise<OpenSession> {
  const { batch, memory, precision, activations, target } = options;
  const { weights, labels, input, settings } = options.located ?? (await locateClassifier(options, signal, notify));
  if (target !== undefined) findClass(target, labels);
  const tuning = options.tuning ? fileStore(notify) : undefined;
  const kept = { batch, memory, precision, activations };
  return { runtime: await openRuntime(options.runtime, { ...kept, ...settings, weights, tuning, notify }), input };
}

/** Whether an error is of one image, and need not stop the others. */
export function isOfPhoto(error: unknown): boolean {
  return error instanceof PhotoError || (error as { code?: string }).code === "BAD_IMAGE";
}

/** Runs `work`; an error of one image is reported and handed on, and does not stop the others. Resolves to whether there was none. */
async function reports(work: () => Promise<void>, skip: (error: unknown) => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!isOfPhoto(error)) throw error;
    reportError(error);
    await skip(error);
    return false;
  }
}

export function describeAdapter(adapter: AdapterInfo): string {
  return `Adapter: ${adapterName(adapter)}${adapter.software ? " (software: no GPU was found, and times say nothing about one)" : ""}`;
}

/** One line a class: name, index and probability. */
export function describeClasses(classes: readonly ClassScore[]): string[] {
  const width = Math.max(...classes.map(({ label }) => label.length));
  return classes.map(({ label, index, probability }) => `  ${percent(probability).padStart(7)}  ${label.padEnd(width)}  (${index})`);
}
