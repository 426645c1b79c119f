/** Finds the classifier that a command's options name. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import {
  describeIgnored,
  fitConfigLabels,
  type InputSpec,
  inputOf,
  labelsOf,
  labelsOfConfig,
  type OnnxClassifier,
  type Outputs,
  outputsOf,
  parseLabels,
  preprocessingInput,
  TEACHERS,
} from "../faces/all.ts";
import type { ClassifierOptions } from "./classifier-flags.ts";
import { CommandError } from "./errors.ts";
import { isAddress, locateWeights, type WeightsFiles } from "./locate.ts";
import type { SessionSettings } from "./runtime-types.ts";

/** A classifier that was found, before any of it is loaded. */
export interface LocatedClassifier {
  readonly weights: WeightsFiles;
  /** A name for every class. */
  readonly labels: readonly string[];
  readonly input: InputSpec;
  readonly outputs: Outputs;
  /** The settings for a session. */
  readonly settings: Pick<SessionSettings, "input" | "labels" | "outputs">;
}

/** Finds the weights, labels and input that the options name. Throws a CommandError, BAD_WEIGHTS, BAD_OPTION. */
export async function locateClassifier(
  options: ClassifierOptions,
  signal: AbortSignal,
  notify: (line: string) => void,
): Promise<LocatedClassifier> {
  const { name, file } = nameOrFile(options);
  const { size, filter, mean, deviation, preprocess } = options;
  const weights = await locateWeights(file, name, signal, { ...size, preprocess });
  const { teacher, classes, channels, onnx } = weights;
  const resize = one("--resize", options.resize, "--fit", options.fit);
  const flags = { ...size, ...resize, channels: options.channels, filter, mean, deviation };
  const given: Partial<InputSpec> = {
    ...(preprocess && preprocessingInput(preprocess)),
    ...Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)),
  };
  const input = inputOf(teacher.input, channels, given);
  const own = options.labels === undefined ? await configLabels(weights, file, notify) : await readLabels(options.labels);
  const labels = await labelsOf(classes, own);
  const outputs = outputsOf(classes, options.outputs ?? onnx?.imported.outputs);
  if (onnx && !preprocess) notify(describeGuess(onnx, options));
  const unused = describeIgnored(weights.ignored);
  if (unused) notify(unused);
  return { weights, labels, input, outputs, settings: { input: given, labels: own, outputs } };
}

/** One line on how a model is assumed to take photos. */
function describeGuess({ definition, preprocessing, imported }: OnnxClassifier, { size }: ClassifierOptions): string {
  const { height, width } = definition.input;
  const open = imported.anySize && !size ? ` It leaves the size open: ${height} x ${width} is taken (--size).` : "";
  return `${definition.file} takes photos as --preprocess ${preprocessing.name} says: ${preprocessing.why}.${open}`;
}

/** The file or address of weights that the options name; undefined where the known ones are taken. */
export function weightsGiven(options: ClassifierOptions): string | undefined {
  return nameOrFile(options).file;
}

/** A classifier's name, a file of weights, or both. */
export function nameOrFile(options: ClassifierOptions): { name: string | undefined; file: string | undefined } {
  const model = one("--model", options.model, "--teacher", options.teacher);
  const { weights } = options;
  if (model === undefined || TEACHERS.some(({ name }) => name === model)) return { name: model, file: weights };
  const flag = options.model === undefined ? "--teacher" : "--model";
  if (!isAddress(model) && !existsSync(model)) {
    throw new CommandError(
      `${flag} ${model}: there is no classifier of that name, and no such file`,
      `Give a file of weights, or one of: ${TEACHERS.map(({ name }) => name).join(", ")}.`,
    );
  }
  if (weights !== undefined) throw new CommandError(`${flag} and --weights both name a file`, "Leave one of them out.");
  return { name: undefined, file: model };
}

/** The value that was given under one of two names. */
function one<T>(name: string, value: T | undefined, former: string, old: T | undefined): T | undefined {
  if (value !== undefined && old !== undefined && JSON.stringify(value) !== JSON.stringify(old)) {
    throw new CommandError(`${name} and ${former} are two names of one option, and differ`, `Give ${name} alone.`);
  }
  return value ?? old;
}

async function readText(path: string): Promise<string> {
  return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
}

async function readLabels(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    throw new CommandError(
      `--labels ${path} cannot be read (${code === "ENOENT" ? "no such file" : code === "ERR_ENCODING_INVALID_ENCODED_DATA" ? "not UTF-8 text" : message})`,
      "Give a text file with one name a line, or JSON.",
      { cause },
    );
  }
  return parseLabels(text, path);
}

/** The labels in the config.json next to a user's file, if it has as many as there are classes. */
async function configLabels(
  { path, classes }: WeightsFiles,
  given: string | undefined,
  notify: (line: string) => void,
): Promise<string[] | undefined> {
  if (given === undefined || isAddress(given)) return undefined;
  const config = join(dirname(path), "config.json");
  const text = await readText(config).catch(() => undefined);
  const labels = text === undefined ? undefined : labelsOfConfig(text, config);
  if (!labels) return undefined;
  const fitted = fitConfigLabels(labels, config, classes);
  if ("labels" in fitted) return fitted.labels;
  notify(fitted.unused);
  return undefined;
}
