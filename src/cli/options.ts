import { InvalidArgumentError, Option } from "commander";
import type { ExplainOptions, Precision } from "../index.ts";
import {
  DESCRIPTIONS,
  FILLS,
  type Fill,
  type Fit,
  findClass,
  GATES,
  MAX_SAMPLES,
  STUDENTS,
  SYNTHESES,
  settle,
  TEACHERS,
} from "../index.ts";
import { RUNTIMES, type RuntimeName } from "./runtime.ts";

/** Options of every command that opens a session. */
export interface SessionCommandOptions {
  teacher?: string;
  batch?: number;
  /** In bytes. */
  memory?: number;
  precision?: Precision;
  json?: boolean;
  runtime: RuntimeName;
  weights?: string;
}

/** Options of the commands that take photos. */
export interface CommonOptions extends SessionCommandOptions {
  fit?: Fit;
  /** False after --no-tuning. */
  tuning: boolean;
}

export type ExplainCommandOptions = CommonOptions & { out: string } & Pick<
    ExplainOptions,
    "target" | "samples" | "seed" | "synthesis" | "gates" | "fill" | "student" | "noiseScale" | "profile"
  >;

export interface ClassifyCommandOptions extends CommonOptions {
  top: number;
  logits?: boolean;
}

/** What of a command's options is the explanation's. Throws BAD_OPTION for what does not go together, before a browser is started. */
export function explanationSettings(options: ExplainCommandOptions) {
  const { json: _json, out: _out, teacher: _teacher, runtime: _runtime, weights: _weights, ...rest } = options;
  const { batch: _batch, memory: _memory, precision: _precision, tuning: _tuning, ...settings } = rest;
  settle(settings, true);
  return settings;
}

/** A parser of whole numbers from `low` to `high`. */
function whole(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) throw new InvalidArgumentError(`Give a whole number from ${low} to ${high}.`);
    return value;
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(text.trim() && value > 0 && Number.isFinite(value))) throw new InvalidArgumentError("Give a number above 0, such as 1.5.");
  return value;
}

function parseClass(text: string): number {
  try {
    return findClass(text);
  } catch (error) {
    const { message, fix } = error as Error & { fix: string };
    throw new InvalidArgumentError(`${message} ${fix}`);
  }
}

function parseFills(text: string): Fill[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !FILLS.includes(name as Fill));
  if (wrong !== undefined) throw new InvalidArgumentError(`Give a list such as grey,blur of: ${FILLS.join(", ")}.`);
  return names as Fill[];
}

export function sessionOptions(): Option[] {
  return [
    new Option("--teacher <name>", "classifier to ask (default: the one whose weights --weights names, else efficientnet-lite0)").choices(
      TEACHERS.map(({ name }) => name),
    ),
    new Option("--batch <n>", "images that the classifier sees at once (default: as the memory allows)").argParser(whole(1, 256)),
    new Option("--memory <MB>", "GPU memory that is never exceeded (default: 1074)").argParser((text) => positive(text) * 1e6),
    new Option("--precision <kind>", "of the classifier's weights on the GPU; f16 needs shader-f16 (default: f32)").choices(["f32", "f16"]),
    new Option("--runtime <where>", "where the engine runs").choices(RUNTIMES).default("chrome"),
    new Option(
      "--weights <where>",
      "the classifier's weights: a safetensors file or shard index, a folder with one, or an http(s) address " +
        "(default: the project's weights/, then what `npm run weights` downloaded)",
    ),
    new Option("--json", "print one JSON document on stdout and nothing else"),
  ];
}

export function commonOptions(): Option[] {
  return [
    new Option("--fit <how>", "crop: shorter side to 256, centre 224; squash: straight to 224 (default: crop)").choices(["crop", "squash"]),
    ...sessionOptions(),
    new Option("--no-tuning", "leave what `npm run tune` found out of account"),
  ];
}

/** Options of both that profile: where the files go. */
export function outOption(): Option {
  return new Option("--out <dir>", "folder for the files").default("out");
}

/** What there is to choose of an explanation. */
export function explanationOptions(): Option[] {
  return [
    new Option("--target <class>", "class to explain: index, name or WordNet id (default: the first choice)").argParser(parseClass),
    new Option("--samples <n>", "synthetic images (default: 1000, on a software adapter 250)").argParser(whole(2, MAX_SAMPLES)),
    new Option("--seed <n>", "seed of the synthetic images (default: 0)").argParser(whole(0, 2 ** 32 - 1)),
    new Option("--synthesis <mode>", "how synthetic images are made (default: gated)").choices(SYNTHESES),
    new Option("--gates <kind>", "how gated synthesis picks regions (default: balanced)").choices(GATES),
    new Option("--fill <list>", `what replaces a region, in turn: ${FILLS.join(", ")} (default: grey)`).argParser(parseFills),
    new Option("--student <name>", "linear student (default: the one that fits the synthesis)").choices(STUDENTS),
    new Option("--noise-scale <x>", "scale of the latent noise (default: adapted to the photo)").argParser(positive),
  ];
}

export function explainOptions(): Option[] {
  return [
    ...explanationOptions(),
    new Option("--profile", "print the GPU time of every kernel, and write a trace for Perfetto: NAME.trace.json"),
    outOption(),
  ];
}

/** Of what there is to choose of an explanation, what concerns its synthetic images; and t-SNE's own. */
export function tsneOptions(): Option[] {
  const images = ["target", "samples", "seed", "synthesis", "gates", "fill", "noiseScale"];
  return [
    new Option("--of <what>", "what t-SNE sees of an image: features of the classifier, pixels, or latents (default: features)").choices(
      DESCRIPTIONS,
    ),
    new Option("--perplexity <n>", "effective number of neighbours, above 1 and below the number of images (default: 30)").argParser(
      positive,
    ),
    ...explanationOptions().filter((option) => images.includes(option.attributeName())),
    outOption(),
  ];
}

export function classifyOptions(): Option[] {
  return [
    new Option("--top <n>", "classes to print").default(5).argParser(whole(1, 1000)),
    new Option("--logits", "with --json: add all 1000 logits"),
  ];
}
