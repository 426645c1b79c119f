/** Reads the names of classes from files that come with weights. */
import { EngineError } from "../engine/errors.ts";
import { printable } from "../engine/printable.ts";

/** Longest label that is taken, in characters: a file with more to a line is no list of labels. */
const MAX_LABEL = 1000;

/**
 * The names of classes in a file: a line of text a class; a JSON list; or JSON by index or by name, as in a model's config.json ("id2label",
 * "label2id", "label_names") or by itself ({"0": "cat"}, {"cat": 0}). Throws BAD_OPTION naming the file.
 */
export function parseLabels(text: string, file: string): string[] {
  const content = text.replace(/^\uFEFF/, "");
  const labels = /^\s*[[{]/.test(content) ? parseJson(content, file) : content.replace(/\s+$/, "").split(/\r\n|\r|\n/);
  if (labels === undefined || labels.length === 0 || (labels.length === 1 && labels[0]?.trim() === "")) refuse(file, "it holds no labels");
  return labels.map((label, index) => {
    const trimmed = label.trim();
    if (trimmed === "") refuse(file, `class ${index} has no name`);
    if (trimmed.length > MAX_LABEL) refuse(file, `class ${index} has a name of ${trimmed.length} characters`);
    return trimmed;
  });
}

/** The labels in a model's config.json; undefined where it has none. Throws BAD_OPTION where it has and they are unusable. */
export function labelsOfConfig(text: string, file: string): string[] | undefined {
  let config: unknown;
  try {
    config = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    return undefined;
  }
  return isRecord(config) ? ofConfig(config, file) : undefined;
}

/**
 * Labels of a config where there are as many as classes; a single class may have a name for its opposite, too. Else a sentence says that they
 * are not used: they may be another model's.
 */
export function fitConfigLabels(labels: string[], file: string, classes: number): { labels: string[] } | { unused: string } {
  if (labels.length === classes || (classes === 1 && labels.length === 2)) return { labels };
  const has = `${classes} ${classes === 1 ? "class" : "classes"}`;
  return { unused: `Not used: the ${labels.length} labels in ${file}, since the classifier has ${has}.` };
}

function refuse(file: string, what: string): never {
  throw new EngineError(
    "BAD_OPTION",
    `${printable(file, 200)} is not a usable list of labels: ${what}.`,
    'Give one name a line in the order of the classes, a JSON list, or JSON such as {"0": "cat", "1": "dog"}.',
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(text: string, file: string): string[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    refuse(file, `it begins like JSON and is not (${printable((cause as Error).message)})`);
  }
  if (Array.isArray(value)) return ofList(value, file);
  const map = value as Record<string, unknown>;
  return ofConfig(map, file) ?? ofMap(map, file);
}

function ofConfig({ id2label, label2id, label_names, pretrained_cfg }: Record<string, unknown>, file: string): string[] | undefined {
  if (isRecord(id2label)) return ofMap(id2label, file);
  if (Array.isArray(label_names)) return ofList(label_names, file);
  if (isRecord(label2id)) return ofMap(label2id, file);
  return isRecord(pretrained_cfg) ? ofConfig(pretrained_cfg, file) : undefined;
}

function ofList(list: readonly unknown[], file: string): string[] {
  return list.map((label, index) => (typeof label === "string" ? label : refuse(file, `class ${index} has no name but ${typeof label}`)));
}

/** By index, with names or with lists that end in one, or by name. */
function ofMap(map: Readonly<Record<string, unknown>>, file: string): string[] {
  const labels: string[] = [];
  for (const [key, value] of Object.entries(map)) {
    const named = Array.isArray(value) ? value.at(-1) : value;
    const [index, label] = typeof named === "number" ? [named, key] : [Number(key), named];
    const known =
      Number.isInteger(index) && index >= 0 && index < 1e6 && typeof label === "string" && (typeof named === "number" || /^\d+$/.test(key));
    if (!known) refuse(file, `"${printable(key)}" is neither the index of a class nor has one`);
    if (labels[index] !== undefined) refuse(file, `class ${index} is there twice`);
    labels[index] = label as string;
  }
  const missing = Array.from(labels).indexOf(undefined as unknown as string);
  if (missing >= 0) refuse(file, `class ${missing} is missing`);
  return labels;
}
