/** The list of all methods, which the command line and the page read, and the choice among them. */
import type { Teacher } from "../classify/teacher.ts";
import { EngineError } from "../engine/errors.ts";
import { describeValue } from "../engine/printable.ts";
import type { Size } from "../nets/input-spec.ts";
import { checkDefinition } from "./definition.ts";
import { EXCITATION_BACKPROP, EXTREMAL, FGVIS, GRAD_CAM, LIME, LINEAR_APPROXIMATION, OCCLUSION, RISE, SCORE_CAM } from "./descriptions.ts";
import {
  ADAPT_SAMPLES,
  ADAPT_STEPS,
  type CommonSettings,
  DEFAULT_FILL,
  DEFAULT_SAMPLES,
  type ExplainOptions,
  FILLS,
  type Fill,
  GATES,
  MAX_SAMPLES,
  needsVae,
  type RelabelOptions,
  SOFTWARE_SAMPLES,
  STUDENTS,
  SYNTHESES,
  settle,
  settleCommon,
} from "./explain-options.ts";
import { checkMap } from "./finite-results.ts";
import { type AnyMethod, type MethodRequest, type MethodResult, settleParameters } from "./method.ts";
import { relabelBatch } from "./relabel/batch.ts";
import type { RelabelResult } from "./relabel/relabel.ts";

/** What can be said of a method before it runs. */
export type Method = Pick<AnyMethod, "name" | "title" | "note" | "parameters" | "within" | "passes">;

/** Re-label distillation settles its options itself, so that the parameters here are for those who read a list of them. */
const RELABEL: Method = {
  name: "relabel",
  title: "Re-label distillation",
  parameters: {
    samples: {
      ...{ value: DEFAULT_SAMPLES, low: 2, high: MAX_SAMPLES, whole: true },
      what: `number of synthetic images; ${SOFTWARE_SAMPLES} on a software adapter unless given`,
    },
    synthesis: { value: "gated", choices: SYNTHESES, what: "how synthetic images are made" },
    gates: { value: "balanced", choices: GATES, what: "how gated synthesis picks regions" },
    fill: { value: DEFAULT_FILL, what: `what replaces a region, several in turn separated by commas: ${FILLS.join(", ")}` },
    student: {
      value: "correlation",
      choices: STUDENTS,
      what: "linear student; ridge for residual and sgd for paper synthesis unless given",
    },
  },
  within: (forwards) => ({ samples: Math.max(2, forwards) }),
  // What else than balanced gates is altered as much as it takes until about half of the labels shift.
  passes: ({ samples, synthesis, gates }) =>
    Number(samples) + (synthesis === "gated" && gates === "balanced" ? 0 : ADAPT_STEPS * ADAPT_SAMPLES),
};

/** Options of re-label distillation, its parameters among them. */
const RELABEL_OPTIONS = [...Object.keys(RELABEL.parameters), "noiseScale", "keep", "sgd"] as (keyof RelabelOptions)[];

/** A method of this project: what is said of it is at hand, what it does is loaded when it runs. */
interface ListedMethod extends Method {
  load(): Promise<AnyMethod>;
}

const list = (description: Method, load: () => Promise<AnyMethod>): ListedMethod => ({ ...description, load });

/** The methods that re-label distillation is compared with; whatever lists methods reads this. */
const OTHERS: readonly ListedMethod[] = [
  list(OCCLUSION, async () => (await import("./perturb/perturb-methods.ts")).occlusion),
  list(RISE, async () => (await import("./perturb/perturb-methods.ts")).rise),
  list(SCORE_CAM, async () => (await import("./perturb/perturb-methods.ts")).scoreCam),
  list(LIME, async () => (await import("./perturb/perturb-methods.ts")).lime),
  list(GRAD_CAM, async () => (await import("./gradient/gradient-methods.ts")).gradCam),
  list(LINEAR_APPROXIMATION, async () => (await import("./gradient/gradient-methods.ts")).linearApproximation),
  list(EXCITATION_BACKPROP, async () => (await import("./gradient/gradient-methods.ts")).excitationBackprop),
  list(EXTREMAL, async () => (await import("./mask/mask-methods.ts")).extremal),
  list(FGVIS, async () => (await import("./mask/mask-methods.ts")).fgvis),
];

/** Name of the method that is taken unless another is asked for. */
export const DEFAULT_METHOD = RELABEL.name;

/** Every method, in the order in which they are offered. */
export const METHODS: readonly Method[] = [RELABEL, ...OTHERS];

/** What re-label distillation finds out in addition to its map. */
export interface RelabelFindings
  extends Partial<Pick<RelabelResult, "shiftedShare" | "studentAgreement" | "deviation" | "reliability" | "quality" | "reconstruction">> {
  synthesis?: string;
}

/** An explanation with every choice made. */
export interface Choice {
  readonly method: Method;
  readonly settings: CommonSettings & Readonly<Record<string, unknown>>;
  /** Whether the VAE must be there. */
  readonly decodes: boolean;
  /** Throws INVALID or BAD_OPTION where the method cannot explain this teacher with these settings; computes nothing. */
  check(teacher: Teacher): Promise<void>;
  run(request: Omit<MethodRequest<unknown>, "settings">): Promise<MethodResult & RelabelFindings>;
}

/** Throws BAD_OPTION where there is no method of this name. */
export function findMethod(name: string): Method {
  return find(METHODS, name);
}

function find<M extends Method>(methods: readonly M[], name: string): M {
  const method = methods.find((known) => known.name === name);
  if (method) return method;
  throw new EngineError(
    "BAD_OPTION",
    `There is no method "${describeValue(name)}".`,
    `Choose one of: ${METHODS.map((known) => known.name).join(", ")}.`,
  );
}

/** Finds the method and fills in the defaults of its options. Throws BAD_OPTION. */
export function choose(options: ExplainOptions, software: boolean): Choice {
  const { method: wanted = DEFAULT_METHOD, parameters } = options;
  if (wanted === DEFAULT_METHOD || wanted === RELABEL) return chooseRelabel(options, software);
  const method = typeof wanted === "object" && wanted !== null ? ofOwn(wanted) : find(OTHERS, wanted);
  const foreign = RELABEL_OPTIONS.find((option) => options[option] !== undefined);
  if (foreign) {
    const own = Object.keys(method.parameters).join(", ");
    throw new EngineError(
      "BAD_OPTION",
      `The option "${foreign}" is of ${RELABEL.title}, and ${method.title} does not have it.`,
      own ? `Leave it out; the parameters of ${method.title} are: ${own}.` : "Leave it out.",
    );
  }
  const [own, common] = [settleParameters(method, parameters), settleCommon(options)];
  const load = async () => ("load" in method ? method.load() : method);
  const check: Choice["check"] = async (teacher) => {
    await (await load()).check?.({ teacher, settings: own });
  };
  const run: Choice["run"] = async (request) => {
    const result = await (await load()).run({ ...request, settings: { ...own, seed: common.seed } });
    checkSize(method, result, request.teacher.input);
    checkMap(method.title, result.map);
    return result;
  };
  return { method, settings: { ...own, ...common }, decodes: false, check, run };
}

/** A definition from outside, or one of METHODS. Throws BAD_OPTION where it cannot be used. */
function ofOwn(method: AnyMethod): AnyMethod | ListedMethod {
  const listed = OTHERS.find((other) => (other as object) === method);
  if (listed) return listed;
  checkDefinition(
    "method",
    method,
    METHODS.map(({ name }) => name),
  );
  return method;
}

/** Throws BAD_OPTION where a method's map is not of the input's size. */
function checkSize({ title }: Method, { map }: MethodResult, { height, width }: Size): void {
  if (!map || map.length === height * width) return;
  throw new EngineError("BAD_OPTION", `The map of ${title} has ${map.length} values.`, `Return ${height} x ${width} of them, row by row.`);
}

function chooseRelabel({ parameters = {}, ...options }: ExplainOptions, software: boolean): Choice {
  const settings = settle({ ...options, ...asOptions(parameters, options) }, software);
  return {
    method: RELABEL,
    settings: { ...settings },
    decodes: needsVae(settings),
    async check() {},
    async run(request) {
      const { relabel } = await import("./relabel/relabel.ts");
      const result = await relabel({ ...request, settings, batch: relabelBatch(request.batch, settings) });
      checkMap(RELABEL.title, result.map);
      return { ...result, synthesis: settings.synthesis };
    },
  };
}

/** What re-label distillation takes as options where it is given as parameters. */
function asOptions(parameters: Readonly<Record<string, unknown>>, options: RelabelOptions): RelabelOptions {
  settleParameters(RELABEL, parameters);
  const twice = Object.keys(parameters).find(
    (name) => parameters[name] !== undefined && options[name as keyof RelabelOptions] !== undefined,
  );
  if (twice) throw new EngineError("BAD_OPTION", `"${twice}" is given as an option and as a parameter.`, "Give it once.");
  const { fill, ...rest } = parameters;
  return { ...rest, ...(typeof fill === "string" ? { fill: fill.split(",").map((name) => name.trim() as Fill) } : {}) };
}
