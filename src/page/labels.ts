import { labelsOfConfig, parseLabels } from "../index.ts";

/** What of files that were handed over together is weights, and what names classes. */
export interface SortedFiles {
  weights: readonly File[];
  /** Names of classes: those of a file of labels are meant, those of a config.json may be another model's. */
  labels: { name: string; list: readonly string[]; meant: boolean } | undefined;
}

const TEXT_NAME = /\.txt$/i;
const JSON_NAME = /\.json$/i;
/** A list of labels is small; an index of shards may be larger, and is read elsewhere. */
const MOST_BYTES = 20e6;

/** Whether a file may name classes, or say which shards hold the weights. */
export function isLabels({ name }: { name: string }): boolean {
  return TEXT_NAME.test(name);
}

/** Tells labels from weights and from an index of shards. Throws BAD_OPTION for labels that cannot be read. */
export async function sortFiles(files: readonly File[]): Promise<SortedFiles> {
  const weights: File[] = [];
  let labels: SortedFiles["labels"];
  for (const file of files) {
    const { name } = file;
    const text = (TEXT_NAME.test(name) || JSON_NAME.test(name)) && file.size < MOST_BYTES ? await file.text() : undefined;
    if (text === undefined || isIndex(text)) weights.push(file);
    else if (name === "config.json") {
      const list = labelsOfConfig(text, name);
      if (list && !labels) labels = { name, list, meant: false };
    } else labels = { name, list: parseLabels(text, name), meant: true };
  }
  return { weights, labels };
}

function isIndex(text: string): boolean {
  try {
    return typeof JSON.parse(text)?.weight_map === "object";
  } catch {
    // Whoever reads it says what is wrong.
    return false;
  }
}
