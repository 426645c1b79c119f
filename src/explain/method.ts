/** What a method is: the interface behind which all of them stand, with its parameters. */
import type { BatchOption } from "../classify/batch.ts";
import type { Teacher } from "../classify/teacher.ts";
import type { Engine } from "../engine/engine.ts";
import { EngineError } from "../engine/errors.ts";
import { describeValue, printable, refuseOption } from "../engine/printable.ts";
import type { Shape } from "../graph/graph.ts";
import type { Size } from "../nets/input-spec.ts";
import type { Vae } from "../zoo/vae.ts";
import type { Progress } from "./progress.ts";
import type { Scene } from "./scene.ts";

/** What a method is given; `S` are its settings, every choice made. */
export interface MethodRequest<S> {
  engine: Engine;
  teacher: Teacher;
  /** May be absent where nothing decodes. */
  vae: Vae | undefined;
  /** Comes with crop and small filled in. */
  scene: Scene;
  settings: S;
  target: number;
  /** Whether the photo's probability of the target is 1/2 or more, which is the label of sigmoid outputs; true by default. */
  above?: boolean | undefined;
  batch: BatchOption;
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a method returns. */
export interface MethodResult {
  /** Height x width; undefined where the method has nothing to show, and `degenerate` says why. */
  map: Float32Array | undefined;
  degenerate: string | undefined;
  aborted: boolean;
  /** Perturbed images, or iterations, that the map was made from. */
  samples: number;
  /** Images through the teacher. */
  passes: { forward: number; backward: number };
  /** What the method found out, for the record. */
  facts: Record<string, number | string>;
  /** Of each stage. */
  seconds: Record<string, number>;
}

/** A setting of a method: its default, what is allowed, and one line, with the unit, for help and docs. */
export interface Parameter {
  readonly value: number | string;
  readonly low?: number;
  readonly high?: number;
  readonly whole?: boolean;
  readonly choices?: readonly string[];
  readonly what: string;
}

/** The settings of a method or metric: a value for every parameter. */
export type SettledParameters<P extends Record<string, Parameter>> = {
  [Name in keyof P]: P[Name]["value"] extends number
    ? number
    : P[Name] extends { choices: readonly (infer C)[] }
      ? C
      : P[Name]["value"] extends string
        ? string
        : number | string;
};

/** What of a classifier the cost of a method depends on. */
export interface ClassifierSizes {
  readonly input: Size;
  /** In the order of the net. */
  readonly layers: readonly { readonly name: string; readonly shape: Shape }[];
  /** Name of the layer of class activation maps. */
  readonly cam: string;
}

/** A way to explain the teacher's verdict by a map. */
export interface MethodDefinition<P extends Record<string, Parameter>> {
  readonly name: string;
  readonly title: string;
  readonly parameters: P;
  /** What whoever chooses the method should know of it, such as terms of its authors; shown by the command line and the page. */
  readonly note?: string;
  /**
   * Parameters with which the method sends about so many images through the teacher, and not more but for a last batch that is filled up: to
   * compare methods at equal cost. Absent where the number is not the method's to choose.
   */
  within?(forwards: number): Partial<SettledParameters<P>>;
  /** Images through the classifier with these settings, forward and back, at most; absent where nobody can tell before. */
  passes?(settings: SettledParameters<P>, classifier: ClassifierSizes): number;
  /** Throws INVALID where the method is not defined for the teacher with these settings, BAD_OPTION for a layer that it has not. `run` does so, too. */
  check?(request: Pick<MethodRequest<SettledParameters<P>>, "teacher" | "settings">): unknown;
  /** Throws ABORTED before there is a map, OUT_OF_MEMORY, DEVICE_LOST, and what `check` throws. */
  run(request: MethodRequest<SettledParameters<P> & { seed: number }>): Promise<MethodResult>;
}

/** What can be said of a method before it is loaded and runs. */
export type MethodDescription<P extends Record<string, Parameter>> = Omit<MethodDefinition<P>, "run" | "check">;

/** The description as it is, of a type that knows every default and choice. */
export function describeMethod<const P extends Record<string, Parameter>>(description: MethodDescription<P>): MethodDescription<P> {
  return description;
}

/** What of a method does not depend on its parameters. */
export type AnyMethod = MethodDefinition<Record<string, Parameter>>;

/** Fills in the defaults. Throws BAD_OPTION for a name that the method does not have, and for a value that it does not take. */
export function settleParameters<P extends Record<string, Parameter>>(
  { title, parameters }: Pick<MethodDefinition<P>, "title" | "parameters">,
  given: Readonly<Record<string, unknown>> = {},
): SettledParameters<P> {
  if (typeof given !== "object" || given === null) {
    refuseOption(`parameters of ${title} are`, given, "Give an object.");
  }
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(parameters, name));
  if (unknown !== undefined) {
    throw new EngineError(
      "BAD_OPTION",
      `${title} has no parameter "${printable(unknown)}".`,
      `It has: ${Object.keys(parameters).join(", ")}.`,
    );
  }
  const settled = Object.entries(parameters).map(([name, parameter]) => [name, check(title, name, parameter, given[name])]);
  return Object.fromEntries(settled) as SettledParameters<P>;
}

/** The value, or the default where none is given. */
function check(title: string, name: string, parameter: Parameter, value: unknown): number | string {
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY, whole, choices } = parameter;
  if (value === undefined) return parameter.value;
  const refuse = (fix: string) => new EngineError("BAD_OPTION", `The parameter "${name}" of ${title} is ${describeValue(value)}.`, fix);
  if (typeof parameter.value === "string") {
    if (typeof value !== "string") throw refuse("Give a text.");
    if (choices && !choices.includes(value)) throw refuse(`Choose one of: ${choices.join(", ")}.`);
    return value;
  }
  if (typeof value !== "number" || !(value >= low && value <= high) || (whole && !Number.isInteger(value))) {
    throw refuse(`Give ${whole ? "a whole number" : "a number"} from ${low} to ${high}.`);
  }
  return value;
}
