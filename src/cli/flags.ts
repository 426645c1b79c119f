/** Defines the commands' options, and reads their values; program.ts gives them to the commands. */
import { InvalidArgumentError, Option } from "commander";
import type { ExplainOptions, Precision } from "../faces/all.ts";
import {
  CHECKS,
  type Check,
  DEFAULT_FILL,
  DEFAULT_METRIC,
  DESCRIPTIONS,
  FILLS,
  GATES,
  MAX_SAMPLES,
  METRICS,
  type MetricName,
  PROTOCOLS,
  STUDENTS,
  SYNTHESES,
} from "../faces/all.ts";
import { type ClassifierOptions, classifierOptions } from "./classifier-flags.ts";
import type { Shard } from "./evaluation/photos.ts";
import { parseShard } from "./evaluation/shard-flag.ts";
import { LEAST_SIDE, LONGEST_SIDE, MOST_SIDE } from "./figure-layout.ts";
import { type MethodOptions, parseMethods, parseSet, planExplanations } from "./method-flags.ts";
import { positive, whole } from "./parse-number.ts";
import { typed } from "./paths.ts";
import { type QueueOptions, queueOptions } from "./queue/queue-flags.ts";
import { RUNTIMES, type RuntimeName } from "./runtime-types.ts";
import { COLORMAPS } from "./shading.ts";
import { requireVae } from "./vae.ts";

/** How a kernel's definition comes by its WGSL: `?raw` of Vite, the bare file for bundlers that load .wgsl as text, or a copy. */
export const WGSL_SOURCES = ["raw", "file", "inline"] as const;

/** Options of every command that opens a session. */
export interface SessionCommandOptions extends ClassifierOptions {
  batch?: number;
  /** In bytes. */
  memory?: number;
  precision?: Precision;
  activations?: Precision;
  json?: boolean;
  runtime: RuntimeName;
}

/** Options of the commands that take photos. */
export interface CommonOptions extends SessionCommandOptions {
  /** False after --no-tuning. */
  tuning: boolean;
}

/** Options of the commands that write files. */
export interface WritingOptions {
  out: string;
  force?: boolean;
}

/** How maps are drawn. */
export interface OverlayOptions {
  /** Longer side of the photo, in pixels. */
  overlaySize?: number;
  colormap?: string;
  signed?: boolean;
}

export type ExplainCommandOptions = CommonOptions &
  MethodOptions &
  WritingOptions &
  OverlayOptions & { scores?: string; target?: string } & Pick<
    ExplainOptions,
    "samples" | "seed" | "synthesis" | "gates" | "fill" | "student" | "noiseScale" | "profile"
  >;

export interface EvaluateCommandOptions extends Omit<ExplainCommandOptions, "method" | "profile" | "scores">, QueueOptions {
  methods: string[];
  preset: string;
  metrics: readonly MetricName[];
  limit?: number;
  shard: Shard;
}

export interface ClassifyCommandOptions extends CommonOptions {
  top: number;
  logits?: boolean;
  layers?: boolean;
  findNonFinite?: boolean;
}

/** What of a command's options is the explanations', one a method. Throws for what does not go together, before a browser is started. */
export function explanationSettings(options: ExplainCommandOptions): ExplainOptions[] {
  const { method, set, forwards, weights } = options;
  const { target, seed, profile, samples, synthesis, gates, fill, student, noiseScale } = options;
  const given = { target, seed, profile, samples, synthesis, gates, fill, student, noiseScale };
  const plan = planExplanations({ method, set, forwards }, withoutUndefined(given));
  requireVae(plan, weights);
  return plan;
}

function withoutUndefined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function parseProtocol(text: string): string {
  const known = PROTOCOLS.map(({ name }) => name);
  if (!known.includes(text)) throw new InvalidArgumentError(`Choose one of: ${known.join(", ")}.`);
  return text;
}

/** A parser of names separated by commas, which are among the known ones. */
function listOf<Name extends string>(known: readonly Name[], example: string): (text: string) => Name[] {
  return (text) => {
    const names = text.split(",").map((name) => name.trim() as Name);
    if (!names.every((name) => known.includes(name))) {
      throw new InvalidArgumentError(`Give a list such as ${example} of: ${known.join(", ")}.`);
    }
    return names;
  };
}

/** In a sample's turn a fill may come twice. */
const parseFills = listOf(FILLS, "grey,blur");

const parseCheckList = listOf(CHECKS, CHECKS.slice(0, 2).join(","));

/** Each once. */
const parseChecks = (text: string): Check[] => [...new Set(parseCheckList(text))];

/** Those that need no more than a photo and, where there is one, another. */
const METRIC_NAMES = METRICS.filter((metric) => !("reads" in metric && metric.reads === "inside")).map(({ name }) => name);

const parseMetrics = listOf<MetricName>(METRIC_NAMES, METRIC_NAMES.slice(1, 3).join(","));

function parseColormap(text: string): string {
  const name = text.toLowerCase();
  if (!COLORMAPS.includes(name)) throw new InvalidArgumentError(`Choose one of: ${COLORMAPS.join(", ")}.`);
  return name;
}

const KINDS = ["f32", "f16"];

export function sessionOptions(): Option[] {
  return [
    ...classifierOptions(),
    new Option("--batch <n>", "images that the classifier sees at once (default: as the memory allows)").argParser(whole(1, 256)),
    new Option("--memory <MB>", "GPU memory that is never exceeded (default: 1074)").argParser((text) => positive(text) * 1e6),
    new Option("--precision <kind>", "of the classifier's weights on the GPU; f16 needs shader-f16 (default: f32)").choices(KINDS),
    new Option("--activations <kind>", "of what its layers hand on; f16 needs shader-f16 (default: f32)").choices(KINDS),
    new Option("--runtime <where>", "where the engine runs").choices(RUNTIMES).default("chrome"),
    new Option("--json", "print one JSON document on stdout and nothing else"),
  ];
}

export function commonOptions(): Option[] {
  return [...sessionOptions(), new Option("--no-tuning", `ignore what \`${typed("tune")}\` found`)];
}

/** Options of all that write files; see WritingOptions. */
export function writingOptions(): Option[] {
  return [
    new Option("--out <dir>", "folder for the files").default("out"),
    new Option("--force", "overwrite files that relabel did not write, but never an input"),
  ];
}

/** Options of an explanation. */
export function explanationOptions(): Option[] {
  return [
    new Option("--method <names>", "how to explain: one method, several separated by commas, or all (default: relabel)").argParser(
      parseMethods,
    ),
    new Option("--set <name=value>", "a method's parameter, of several methods method.name=value; can be given again and again").argParser(
      parseSet,
    ),
    new Option("--forwards <n>", "images through the classifier, about, where the method can choose").argParser(whole(2, MAX_SAMPLES)),
    new Option("--target <class>", "class to explain: index, name or WordNet id (default: the first choice)"),
    new Option("--samples <n>", "synthetic images of relabel (default: 1000, on a software adapter 250)").argParser(whole(2, MAX_SAMPLES)),
    new Option("--seed <n>", "seed of what is random (default: 0)").argParser(whole(0, 2 ** 32 - 1)),
    new Option("--synthesis <mode>", "how synthetic images are made (default: gated)").choices(SYNTHESES),
    new Option("--gates <kind>", "how gated synthesis picks regions (default: balanced)").choices(GATES),
    new Option("--fill <list>", `what replaces a region, in turn: ${FILLS.join(", ")} (default: ${DEFAULT_FILL})`).argParser(parseFills),
    new Option("--student <name>", "linear student (default: the one that fits the synthesis)").choices(STUDENTS),
    new Option("--noise-scale <x>", "scale of the latent noise (default: adapted to the photo)").argParser(positive),
  ];
}

export function explainOptions(): Option[] {
  return [
    ...explanationOptions().filter(({ long }) => long !== "--samples"),
    new Option(
      "--samples <n|auto>",
      "synthetic images of relabel; auto: until the map has settled, at most 1000, on a software adapter 250 (default: auto)",
    ).argParser((text) => (text === "auto" ? text : whole(2, MAX_SAMPLES)(text))),
    new Option("--scores [preset]", "score the maps by deletion and insertion, as `evaluate` does (default: by rise-fast)")
      .preset("rise-fast")
      .argParser(parseProtocol),
    new Option(
      "--overlay-size <n>",
      `longer side of the photo in NAME.overlay.png, in pixels (default: the photo's own, from ${LEAST_SIDE} to ${MOST_SIDE})`,
    ).argParser(whole(16, LONGEST_SIDE)),
    new Option(
      "--colormap <name>",
      `colours of the map: ${COLORMAPS.join(", ")}; the last ones with --signed (default: inferno, signed rdbu)`,
    ).argParser(parseColormap),
    new Option("--signed", "show what speaks against the class, too, in colours of its own, with zero in the middle"),
    new Option("--profile", "print the GPU time of every kernel, and write a trace for Perfetto: NAME.trace.json"),
    ...writingOptions(),
  ];
}

/** Options of an evaluation in addition to those of explanations. */
export function evaluateOptions(): Option[] {
  const methods = new Option("--methods <names>", "methods to compare, separated by commas, or all").argParser(parseMethods);
  return [
    methods.default(["relabel", "rise"], "relabel,rise"),
    new Option("--preset <name>", `protocol: ${PROTOCOLS.map(({ name }) => name).join(", ")}`)
      .default("rise-fast")
      .argParser(parseProtocol),
    new Option(
      "--metrics <names>",
      `what else to measure beside ${METRICS[0].title.toLowerCase()} (${DEFAULT_METRIC}), of: ${METRIC_NAMES.join(", ")}`,
    )
      .default([DEFAULT_METRIC], DEFAULT_METRIC)
      .argParser(parseMetrics),
    new Option("--limit <n>", "photos at most, in the order of their names").argParser(whole(1, 1e6)),
    new Option("--shard <i/n>", "every n-th photo from the i-th on, counted from 0; in job arrays auto (Slurm) or auto/n (Kubernetes)")
      .default({ index: 0, count: 1 }, "0/1")
      .argParser((text) => parseShard(text)),
    ...queueOptions(),
    ...explanationOptions().filter(({ long }) => long !== "--method"),
    ...writingOptions(),
  ];
}

/** The same of composites, as their help has them. */
export function plantedOptions(): Option[] {
  const own = [
    new Option("--metrics <names>", `what to measure beside AUC and precision, of: ${METRIC_NAMES.join(", ")}`),
    new Option("--limit <n>", "composites at most, in the order of the photos' names"),
  ];
  const names = ["--target", ...own.map(({ long }) => long)];
  return [...own, ...evaluateOptions().filter(({ long }) => !names.includes(long))];
}

/** Options of checks in addition to those of explanations. */
export function checkOptions(): Option[] {
  return [
    new Option("--checks <names>", `what to check, of: ${CHECKS.join(", ")}`).default([...CHECKS], "all").argParser(parseChecks),
    new Option("--modules <n>", "modules to make random, from the class scores down (default: all)").argParser(whole(1, 1000)),
    new Option("--seeds <n>", "maps of so many seeds are compared").default(3).argParser(whole(2, 1000)),
    new Option("--neighbours <n>", "photos with noise that are explained").default(10).argParser(whole(1, 1000)),
    ...explanationOptions(),
    ...writingOptions(),
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
    ...writingOptions(),
  ];
}

export function classifyOptions(): Option[] {
  return [
    new Option("--top <n>", "classes to print").default(5).argParser(whole(1, 1000)),
    new Option("--logits", "with --json: add all logits"),
    new Option("--layers", "list the layers whose values methods can show, with their shapes"),
    new Option("--find-non-finite", "look in every layer for numbers that are NaN or infinite, and name the first"),
  ];
}
