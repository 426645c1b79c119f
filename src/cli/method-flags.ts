/** Reads --method, --set and --forwards into explanations to be made, and lists methods for the help. */
import { InvalidArgumentError } from "commander";
import { choose, DEFAULT_METHOD, type ExplainOptions, findMethod, GUIDES, METHODS, type Method, type Parameter } from "../faces/all.ts";
import { CommandError } from "./errors.ts";

/** What --set gives; `method` if it names the parameter's method. */
export interface SetParameter {
  method: string | undefined;
  name: string;
  value: string;
}

/** The options of a command that choose methods and their parameters. */
export interface MethodOptions {
  method?: readonly string[];
  set?: readonly SetParameter[];
  forwards?: number;
}

const NAMES = METHODS.map(({ name }) => name);

/** "rise,lime" or "all": names of methods, each once. */
export function parseMethods(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.length === 1 && names[0] === "all") return NAMES;
  const wrong = names.find((name) => !NAMES.includes(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`Give a list such as ${NAMES.slice(0, 2).join(",")}, or all, of: ${NAMES.join(", ")}.`);
  return [...new Set(names)];
}

/** "masks=1000" or "rise.masks=1000", added to those given before. */
export function parseSet(text: string, former: readonly SetParameter[] = []): SetParameter[] {
  const found = /^(?:([\w-]+)\.)?(\w+)=(.*)$/.exec(text);
  if (!found) throw new InvalidArgumentError("Give NAME=VALUE or METHOD.NAME=VALUE, such as masks=1000 or rise.masks=1000.");
  const [, method, name, value] = found as unknown as [string, string | undefined, string, string];
  return [...former, { method, name, value }];
}

/**
 * The options of one explanation a method, in the order asked for; `given` are those of the command that are an explanation's. Throws
 * BAD_OPTION and CommandError for what does not go together.
 */
export function planExplanations(
  { method: names = [DEFAULT_METHOD], set = [], forwards }: MethodOptions,
  { target, seed, fit, profile, ...own }: ExplainOptions,
): ExplainOptions[] {
  const stray = set.find(({ method }) => !(method === undefined ? names.length === 1 : names.includes(method)));
  if (stray) throw misplaced(stray, names);
  return names.map((name) => {
    const method = findMethod(name);
    // Options that are not every method's are the default one's, where it is asked for; else choosing refuses them.
    const options = names.includes(DEFAULT_METHOD) && name !== DEFAULT_METHOD ? {} : own;
    if (forwards !== undefined && !method.within && names.length === 1) {
      throw new CommandError(`--forwards: ${method.title} takes as many images as it needs`, "Leave --forwards out.");
    }
    const cost = Object.entries((forwards !== undefined && method.within?.(forwards)) || {});
    const mine = set.filter((setting) => (setting.method ?? name) === name);
    const parameters = Object.fromEntries([
      ...cost.filter(([parameter]) => options[parameter as keyof typeof options] === undefined),
      ...mine.map((setting) => [setting.name, read(setting.value, method.parameters[setting.name])]),
    ]);
    const explanation = { method: name, target, seed, fit, profile, ...options, parameters };
    choose(explanation, true);
    return explanation;
  });
}

function misplaced({ method, name, value }: SetParameter, names: readonly string[]): CommandError {
  if (method === undefined) {
    return new CommandError(
      `--set ${name}=${value} does not say which method it is for`,
      `Give for example --set ${names[0]}.${name}=${value}.`,
    );
  }
  const known = NAMES.includes(method) ? "is not asked for" : "is no method";
  return new CommandError(`--set ${method}.${name}: ${method} ${known}`, `Asked for: ${names.join(", ")}; --method chooses.`);
}

/** The text as a number where the parameter is one. */
function read(text: string, parameter: Parameter | undefined): number | string {
  const value = Number(text);
  return typeof parameter?.value === "number" && text.trim() !== "" && !Number.isNaN(value) ? value : text;
}

/** Every method with its parameters, for a command's help. */
export function describeMethods(): string {
  return ["", "Methods, and what --set can give them:", ...METHODS.flatMap(describeMethod)].join("\n");
}

function describeMethod({ name, title, note, parameters }: Method): string[] {
  const rows = Object.entries(parameters).map(
    ([parameter, about]) => [`    ${parameter}=${about.value}`, `${about.what}${describeRange(about)}`] as const,
  );
  const width = Math.max(...rows.map(([start]) => start.length));
  const { what, when } = GUIDES[name] ?? {};
  const about = [what, when, note].filter((line) => line !== undefined).map((line) => `    ${line}`);
  return [`  ${name}: ${title}`, ...about, ...rows.map(([start, rest]) => `${start.padEnd(width)}  ${rest}`)];
}

function describeRange({ low, high, choices }: Parameter): string {
  if (choices) return ` (${choices.join(", ")})`;
  return low === undefined || high === undefined ? "" : ` (${low} to ${high})`;
}
