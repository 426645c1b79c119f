/** The options of an explanation, above all those of re-label distillation, with their defaults and checks. */
import type { Fit } from "../classify/fit.ts";
import { checkNames } from "../engine/check-names.ts";
import { EngineError } from "../engine/errors.ts";
import { describeValue } from "../engine/printable.ts";
import { RESIZES } from "../nets/input-spec.ts";
import type { AnyMethod } from "./method.ts";
import type { Progress } from "./progress.ts";

/** How synthetic images are made: see `RelabelOptions.synthesis`. */
export const SYNTHESES = ["paper", "residual", "gated"] as const;
/** How gated synthesis chooses the regions to keep: each at random, or such that every region is kept equally often. */
export const GATES = ["random", "balanced"] as const;
/** What replaces a region of the photo in gated synthesis. */
export const FILLS = ["grey", "blur", "vae", "inpaint"] as const;
/** What replaces a region unless told otherwise: measured to be the best that shows nothing of what it hides. */
export const DEFAULT_FILL: Fill = "inpaint";
/** Models that can learn the labels. All are linear, and their weights are the map. */
export const STUDENTS = ["sgd", "ridge", "smooth", "correlation"] as const;

/** One of SYNTHESES. */
export type Synthesis = (typeof SYNTHESES)[number];
/** One of GATES. */
export type Gates = (typeof GATES)[number];
/** One of FILLS. */
export type Fill = (typeof FILLS)[number];
/** One of STUDENTS. */
export type StudentName = (typeof STUDENTS)[number];

/** Synthetic images of an explanation: the paper's number, and what a software adapter draws unless asked for more. */
export const DEFAULT_SAMPLES = 1000;
/** Synthetic images of an explanation on a software adapter, unless told otherwise. */
export const SOFTWARE_SAMPLES = 250;
/** Of the search for how much to alter: its steps, and synthetic images of each. */
export const [ADAPT_STEPS, ADAPT_SAMPLES] = [6, 30];
/** With samples "auto" no more are drawn once two halves of them agree so well: see `Explanation.reliability`. Chosen by tuning photos. */
export const SETTLED_RELIABILITY = 0.75;
/** The most synthetic images that an explanation may have. */
export const MAX_SAMPLES = 100_000;

/** The paper's soft and hard losses (eq. 7) or cross-entropy (eq. 2), for the sgd student. */
export interface SgdOptions {
  form?: "primal" | "dual";
  loss?: "paper" | "cross-entropy";
  rate?: number;
  momentum?: number;
  minibatch?: number;
  epochs?: number;
}

/** What can be chosen of every explanation. */
export interface CommonExplainOptions {
  /** Name of one of METHODS, "relabel" by default, or a definition of your own. */
  method?: string | AnyMethod;
  /** The method's own, by name; METHODS has their defaults. */
  parameters?: Readonly<Record<string, number | string | undefined>>;
  /** Class to explain: its index, or text that `findClass` finds; the teacher's own first choice by default. */
  target?: number | string;
  /** 32-bit; the same seed draws the same samples on every adapter and in any batch size. */
  seed?: number;
  /** How a photo of other proportions fits the input; the classifier's own way by default. */
  fit?: Fit;
  /** Times every kernel by timestamp queries; the explanation then has a `profile`, and no maps arrive before the end. */
  profile?: boolean;
  signal?: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** What can be chosen of re-label distillation alone. */
export interface RelabelOptions {
  /**
   * Synthetic images: 1,000 on a GPU, 250 on a software adapter by default, 100,000 at most. "auto": as many as it takes until two halves of them agree,
   * at most the default; students that cannot tell take all of these.
   */
  samples?: number | "auto";
  /** paper: eqs. 3-4 to the letter. residual: the photo plus the decoded change. gated: regions kept or replaced by a fill. */
  synthesis?: Synthesis;
  gates?: Gates;
  /** Fills of gated synthesis, taken in turn, a pair of samples each. */
  fill?: readonly Fill[];
  student?: StudentName;
  /** Noise scale s of paper and residual synthesis; by default adapted until about half of the labels shift. */
  noiseScale?: number;
  /** Probability that random gates keep a cell; by default adapted until about half of the labels shift. */
  keep?: number;
  sgd?: SgdOptions;
}

export interface ExplainOptions extends CommonExplainOptions, RelabelOptions {}

/** What every method is told. */
export interface CommonSettings {
  seed: number;
  /** Undefined: the classifier's own. */
  fit: Fit | undefined;
}

/** Every choice made. */
export interface Settings extends CommonSettings {
  /** The most that are drawn. */
  samples: number;
  /** The reliability at which no more are drawn; undefined where all are. */
  until: number | undefined;
  synthesis: Synthesis;
  gates: Gates;
  fill: readonly Fill[];
  student: StudentName;
  noiseScale: number | undefined;
  keep: number | undefined;
  sgd: Required<SgdOptions>;
}

const DEFAULT_STUDENT: Record<Synthesis, StudentName> = { paper: "sgd", residual: "ridge", gated: "correlation" };

function invalid(what: string, fix: string): never {
  throw new EngineError("BAD_OPTION", what, fix);
}

function oneOf<T extends string>(name: string, value: T, known: readonly T[]): T {
  if (!known.includes(value)) invalid(`There is no ${name} "${describeValue(value)}".`, `Choose one of: ${known.join(", ")}.`);
  return value;
}

function within(name: string, value: number, low: number, high: number, whole = false): number {
  if (typeof value !== "number" || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
    invalid(`${name} is ${describeValue(value)}.`, `Give ${whole ? "a whole number" : "a number"} from ${low} to ${high}.`);
  }
  return value;
}

/** Fills in the defaults of what every method is told. Throws BAD_OPTION. */
export function settleCommon({ seed, fit }: Pick<CommonExplainOptions, "seed" | "fit">): CommonSettings {
  return {
    seed: within("The seed", seed ?? 0, 0, 2 ** 32 - 1, true),
    fit: fit === undefined ? undefined : oneOf("fit", fit, RESIZES),
  };
}

/** Whether synthetic images are decoded, so that the VAE must be there. */
export function needsVae({ synthesis, fill }: Pick<Settings, "synthesis" | "fill">): boolean {
  return synthesis !== "gated" || fill.includes("vae");
}

/** Fills in the defaults of re-label distillation. Throws BAD_OPTION. */
export function settle(options: RelabelOptions & CommonExplainOptions, software: boolean): Settings {
  const synthesis = oneOf("synthesis", options.synthesis ?? "gated", SYNTHESES);
  const student = oneOf("student", options.student ?? DEFAULT_STUDENT[synthesis], STUDENTS);
  if (student === "smooth" && synthesis !== "gated") {
    invalid(
      `The smooth student learns from gates, and ${synthesis} synthesis has none.`,
      "Choose sgd, ridge or correlation, or gated synthesis.",
    );
  }
  const fill = options.fill ?? [DEFAULT_FILL];
  if (!Array.isArray(fill)) invalid(`The fill is ${describeValue(fill)}.`, `Give a list of: ${FILLS.join(", ")}.`);
  within("The number of fills", fill.length, 1, 16, true);
  for (const kind of fill) oneOf("fill", kind, FILLS);
  const { sgd: given = {} } = options;
  const { form = "dual", loss = "paper", rate = 0.01, momentum = 0.9, minibatch = 50, epochs = 20 } = given ?? {};
  const sgd: Required<SgdOptions> = {
    form: oneOf("form of the sgd student", form, ["primal", "dual"]),
    loss: oneOf("loss", loss, ["paper", "cross-entropy"]),
    rate: within("The learning rate", rate, 1e-9, 1e3),
    momentum: within("The momentum", momentum, 0, 0.9999),
    minibatch: within("The minibatch", minibatch, 1, 64, true),
    epochs: within("The number of epochs", epochs, 1, 10_000, true),
  };
  checkNames("sgd", given, sgd);
  const usual = software ? SOFTWARE_SAMPLES : DEFAULT_SAMPLES;
  const { samples = usual } = options;
  const tells = student === "correlation" && synthesis === "gated";
  return {
    samples: samples === "auto" ? usual : within("The number of samples", samples, 2, MAX_SAMPLES, true),
    until: samples === "auto" && tells ? SETTLED_RELIABILITY : undefined,
    ...settleCommon(options),
    synthesis,
    gates: oneOf("kind of gates", options.gates ?? "balanced", GATES),
    fill,
    student,
    noiseScale: options.noiseScale === undefined ? undefined : within("The noise scale", options.noiseScale, 1e-6, 1e6),
    keep: options.keep === undefined ? undefined : within("The keep probability", options.keep, 0.01, 0.99),
    sgd,
  };
}
