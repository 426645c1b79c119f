/** Sorts files that the user opens into weights, labels and photos, by their names and what they hold. */
import { fitConfigLabels, labelsOfConfig, parseLabels } from "../faces/all.ts";
import { megabytes } from "./format.ts";
import { isModel } from "./onnx-files.ts";
import { PageError } from "./problem.ts";

/** What people keep weights in, and lists of labels. The engine reads safetensors only, and says what to do about the others. */
const CLASSIFIER_NAME = /\.(safetensors|json|txt|pth|pt|ckpt|bin|onnx|h5)$/i;
const TEXT_NAME = /\.(json|txt)$/i;
const INDEX_NAME = /\.index\.json$/i;
/** The name of a model's config, to which browsers may have added a number. */
const CONFIG_NAME = /config ?(\(\d+\))?\.json$/i;
/** Far more than a label for every class takes. */
const MAX_TEXT = 20e6;

/** The names of classes, and where they are from. */
export interface Labels {
  file: string;
  labels: string[];
  /** Whether they are from a config, which counts only where it fits. */
  config: boolean;
}

/** Whether a file is meant as weights or labels, as anything beside a model is that is no picture; any other is taken for a photo. */
export function isOfClassifier({ name, type = "" }: { name: string; type?: string }, beside: readonly { name: string }[] = []): boolean {
  return CLASSIFIER_NAME.test(name) || (beside.some(isModel) && !type.startsWith("image/"));
}

/**
 * Tells weights and their index from the labels that were handed over with them: those of a list, or else of a config. Throws a PageError or
 * BAD_OPTION where these cannot be read.
 */
export async function sortFiles(files: readonly File[]): Promise<{ weights: File[]; labels: Labels | undefined }> {
  const weights: File[] = [];
  const found: Labels[] = [];
  for (const file of files) {
    const text = TEXT_NAME.test(file.name) && !INDEX_NAME.test(file.name) ? await readText(file) : undefined;
    if (text === undefined || isIndex(text)) {
      weights.push(file);
      continue;
    }
    const config = CONFIG_NAME.test(file.name);
    const labels = config ? labelsOfConfig(text, file.name) : parseLabels(text, file.name);
    if (labels) found.push({ file: file.name, labels, config });
    else if (files.length === 1)
      throw new PageError(`${file.name} names no classes.`, "Give it together with the weights, or give a list of labels.");
  }
  const [first, second] = found.filter(({ config }) => !config);
  if (first && second) throw new PageError(`Both ${first.file} and ${second.file} name classes.`, "Give one of them.");
  return { weights, labels: first ?? found[0] };
}

/** The labels for a classifier of `classes` classes. Those of a config that has more or fewer are left out, and a sentence says so. */
export function fitLabels(given: Labels | undefined, classes: number): { labels: string[] | undefined; unused: string[] } {
  if (!given?.config) return { labels: given?.labels, unused: [] };
  const fitted = fitConfigLabels(given.labels, given.file, classes);
  return "labels" in fitted ? { labels: fitted.labels, unused: [] } : { labels: undefined, unused: [fitted.unused] };
}

function isIndex(text: string): boolean {
  return /^\s*\{/.test(text) && /"weight_map"\s*:/.test(text);
}

async function readText(file: File): Promise<string> {
  if (file.size > MAX_TEXT)
    throw new PageError(`${file.name} has ${megabytes(file.size)}, too much for labels.`, "Give one name a line, or JSON.");
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch (cause) {
    throw new PageError(`${file.name} cannot be read as UTF-8 text.`, "Give a text file with one name a line, or JSON.", { cause });
  }
}
