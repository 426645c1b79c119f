import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InvalidArgumentError, Option } from "commander";
import {
  CHANNELS,
  type Channels,
  type Colour,
  describeIgnored,
  FILTERS,
  type Filter,
  fitConfigLabels,
  type InputSpec,
  inputOf,
  labelsOf,
  labelsOfConfig,
  OUTPUTS,
  type Outputs,
  outputsOf,
  parseColour,
  parseLabels,
  parseSize,
  RESIZES,
  type Resize,
  type Size,
  TEACHERS,
} from "../faces/all.ts";
import { CommandError } from "./errors.ts";
import { isAddress, locateWeights, type WeightsFiles } from "./locate.ts";
import type { SessionSettings } from "./runtime-types.ts";

/** Which classifier a command asks, and how that takes photos. */
export interface ClassifierOptions {
  model?: string;
  /** The former name of `model`. */
  teacher?: string;
  weights?: string;
  labels?: string;
  size?: Size;
  channels?: Channels;
  resize?: ResizeOption;
  /** The former name of `resize`. */
  fit?: ResizeOption;
  filter?: Filter;
  mean?: Colour;
  deviation?: Colour;
  outputs?: Outputs;
}

type ResizeOption = Pick<InputSpec, "resize"> & Partial<Pick<InputSpec, "share">>;

/** A classifier that was found, before any of it is loaded. */
export interface LocatedClassifier {
  readonly weights: WeightsFiles;
  /** A name for every class. */
  readonly labels: readonly string[];
  readonly input: InputSpec;
  readonly outputs: Outputs;
  /** What a session must be told. */
  readonly settings: Pick<SessionSettings, "input" | "labels" | "outputs">;
}

export function classifierOptions(): Option[] {
  const names = TEACHERS.map(({ name }) => name).join(", ");
  return [
    new Option("--model <what>", `classifier: ${names}; or its weights, as for --weights (default: efficientnet-lite0)`),
    new Option("--teacher <what>", "another name of --model"),
    new Option(
      "--weights <where>",
      "the classifier's weights: a safetensors file or shard index, a folder with one, or an http(s) address " +
        "(default: the project's weights/, then what `npm run weights` downloaded)",
    ),
    new Option(
      "--labels <file>",
      "names of the classes: a line each, a JSON list or an id2label map (default: a config.json's, or ImageNet's)",
    ),
    new Option("--size <HxW>", "of the input in pixels, HEIGHTxWIDTH or one number (default: 224)").argParser(readSize),
    new Option("--channels <order>", "of the input; grey as Pillow's L (default: rgb, or grey where the net takes one)").choices(CHANNELS),
    new Option(
      "--resize <how>",
      "crop[:SHARE]: keep the centre, SHARE of a side; squash: straight to the size (default: crop:0.875)",
    ).argParser(readResize),
    new Option("--fit <how>", "another name of --resize").argParser(readResize),
    new Option("--filter <kind>", "of resizing, as Pillow's (default: bilinear)").choices(FILTERS),
    new Option("--mean <R,G,B>", "what is subtracted from pixels in 0..1; one number for all (default: the classifier's)").argParser(
      readColour,
    ),
    new Option("--deviation <R,G,B>", "what they are then divided by (default: the classifier's)").argParser(readDeviation),
    new Option(
      "--outputs <kind>",
      "what the net's outputs are: softmax, sigmoid (a yes or no a class), or logits as they are (default: softmax; of one output sigmoid)",
    ).choices(OUTPUTS),
  ];
}

function readSize(text: string): Size {
  const size = parseSize(text);
  if (!size) throw new InvalidArgumentError("Give HEIGHTxWIDTH in pixels, such as 48x192, or one number.");
  return size;
}

function readResize(text: string): ResizeOption {
  const [resize, share, ...rest] = text.split(":");
  const known = RESIZES.includes(resize as Resize) && rest.length === 0;
  const value = Number(share);
  if (!known || (share !== undefined && !(resize === "crop" && share.trim() !== "" && value > 0 && value <= 1))) {
    throw new InvalidArgumentError("Give crop, crop:SHARE with a number above 0 and up to 1, such as crop:0.95, or squash.");
  }
  return { resize: resize as Resize, ...(share === undefined ? {} : { share: value }) };
}

function readColour(text: string): Colour {
  const colour = parseColour(text);
  if (colour) return colour;
  throw new InvalidArgumentError(
    "Give three numbers for pixels in 0..1, such as 0.485,0.456,0.406, or one; if yours are for 0..255, divide them by 255.",
  );
}

function readDeviation(text: string): Colour {
  const colour = readColour(text);
  if (!colour.every((part) => part > 0)) throw new InvalidArgumentError("Give numbers above 0.");
  return colour;
}

/** Finds the weights, labels and input that the options name. Throws a CommandError, BAD_WEIGHTS, BAD_OPTION. */
export async function locateClassifier(
  options: ClassifierOptions,
  signal: AbortSignal,
  notify: (line: string) => void,
): Promise<LocatedClassifier> {
  const { name, file } = nameOrFile(options);
  const weights = await locateWeights(file, name, signal);
  const { teacher, classes, channels } = weights;
  const resize = one("--resize", options.resize, "--fit", options.fit);
  const { size, filter, mean, deviation } = options;
  const given = Object.fromEntries(
    Object.entries({ ...size, ...resize, channels: options.channels, filter, mean, deviation }).filter(([, value]) => value !== undefined),
  ) as Partial<InputSpec>;
  const input = inputOf(teacher.input, channels, given);
  const own = options.labels === undefined ? await configLabels(weights, file, notify) : await readLabels(options.labels);
  const labels = await labelsOf(classes, own);
  const outputs = outputsOf(classes, options.outputs);
  const unused = describeIgnored(weights.ignored);
  if (unused) notify(unused);
  return { weights, labels, input, outputs, settings: { input: given, labels: own, outputs } };
}

/** A classifier's name, a file of weights, or both. */
function nameOrFile(options: ClassifierOptions): { name: string | undefined; file: string | undefined } {
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

/** The labels in the config.json that lies beside a file of one's own, where it has as many as there are classes. */
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
