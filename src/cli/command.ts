import { type AdapterInfo, adapterName, type ClassScore, findClass, type Photo } from "../faces/all.ts";
import type { CommonOptions } from "./flags.ts";
import { type LocatedClassifier, locateClassifier } from "./locate-classifier.ts";
import { notify } from "./print.ts";
import { percent } from "./progress.ts";
import { checkPhoto, PhotoError, readPhoto } from "./read-photo.ts";
import { reportError } from "./report-error.ts";
import { openRuntime } from "./runtime.ts";
import type { Runtime } from "./runtime-types.ts";
import { fileStore } from "./tuning-store.ts";

/** `located`: the classifier, where it is located already. `target`: the class to explain. */
type PhotoOptions = CommonOptions & { located?: LocatedClassifier; target?: string };

/**
 * Hands the images one by one to `work`, with one session for all of them, opened once the first photo has been read. Images that cannot be
 * read are reported, handed to `skip` and left out. Throws what opening and `work` throw, and the signal's reason once it is aborted.
 */
export async function eachPhoto(
  images: readonly string[],
  options: PhotoOptions,
  signal: AbortSignal,
  work: (runtime: Runtime, image: string, photo: Photo) => Promise<void>,
  skip: (image: string, error: unknown) => Promise<void> = async () => {},
): Promise<void> {
  const readable: string[] = [];
  for (const image of images) {
    if (
      await reports(
        () => checkPhoto(image),
        (error) => skip(image, error),
      )
    )
      readable.push(image);
  }
  let runtime: Runtime | undefined;
  try {
    for (const image of readable) {
      await reports(
        async () => {
          const photo = await readPhoto(image);
          signal.throwIfAborted();
          runtime ??= await open(options, signal);
          signal.throwIfAborted();
          await work(runtime, image, photo);
        },
        (error) => skip(image, error),
      );
    }
  } finally {
    await runtime?.close();
  }
}

/** Throws what locating the weights and opening the session do; UNKNOWN_CLASS before a browser is started. */
async function open(options: PhotoOptions, signal: AbortSignal): Promise<Runtime> {
  const { batch, memory, precision, target } = options;
  const { weights, labels, settings } = options.located ?? (await locateClassifier(options, signal, notify));
  if (target !== undefined) findClass(target, labels);
  const tuning = options.tuning ? fileStore(notify) : undefined;
  return openRuntime(options.runtime, { batch, memory, precision, ...settings, weights, tuning, notify });
}

/** Runs `work`; an error of one image is reported and handed on, and does not stop the others. Resolves to whether there was none. */
async function reports(work: () => Promise<void>, skip: (error: unknown) => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof PhotoError || (error as { code?: string }).code === "BAD_IMAGE")) throw error;
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
