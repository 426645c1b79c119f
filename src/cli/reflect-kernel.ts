/** What a kernel's WGSL declares, as the text of the definition that TypeScript has of it. */
import { ResourceType, WgslReflect } from "wgsl_reflect/wgsl_reflect.module.js";
// biome-ignore lint/style/noRestrictedImports: the face reaches the definitions that `npm run reflect` is about to write.
import { Declarations } from "../engine/wgsl-declarations.ts";
import { CommandError } from "./errors.ts";

const TYPES = ["u32", "i32", "f32"];
/** A number as WGSL writes it, its suffix apart. */
const NUMBER = /^(-?(?:0[xX][\da-fA-F]+(?=[ui]?$)|[\d.]+(?:[eE][-+]?\d+)?))[uif]?$/;
const KINDS = "A kernel binds storage buffers and, behind them, one uniform struct.";

/** Fields of a definition; `constants` by the text of their values. */
interface Reflection {
  readonly workgroup: readonly (string | number)[];
  readonly bindings: Readonly<Record<string, string>>;
  readonly uniforms: Readonly<Record<string, string>>;
  readonly constants: Readonly<Record<string, string>>;
}

type Refuse = (what: string, fix: string) => CommandError;

/** Reads a kernel's declarations. `file` names it in errors. Throws a CommandError where the engine cannot run it. */
export function reflectKernel(file: string, source: string): Reflection {
  const refuse: Refuse = (what, fix) => new CommandError(`${file}: ${what}`, fix);
  const reflect = parse(file, source);
  if (!reflect.entry.compute.some(({ name }) => name === "main")) {
    throw refuse("there is no compute entry point called main", "Write @compute @workgroup_size(64) fn main(...).");
  }
  const groups = reflect.getBindGroups();
  const resources = groups.flatMap((group, number) => group.map((info) => ({ info, number })));
  if (resources.length === 0) throw refuse("there is no binding", "Write @group(0) @binding(0) var<storage, read_write> out: array<f32>;");
  for (const { info, number } of resources) {
    if (number !== 0) throw refuse(`binding ${info.name} is in group ${number}`, "The engine binds group 0 only: write @group(0).");
    const { resourceType } = info;
    if (![ResourceType.Storage, ResourceType.Uniform].includes(resourceType))
      throw refuse(`binding ${info.name} is a ${info.type.name}`, KINDS);
  }
  const storage = resources.map(({ info }) => info).filter(({ resourceType }) => resourceType === ResourceType.Storage);
  const [struct, second] = resources.map(({ info }) => info).filter(({ resourceType }) => resourceType === ResourceType.Uniform);
  if (second) throw refuse(`${struct?.name} and ${second.name} are both uniforms`, "Join them in one struct.");
  (struct ? [...storage, struct] : storage).forEach(({ name, binding }, index) => {
    const fix = "Number bindings from 0 on without gaps, the uniform struct being the last.";
    if (binding !== index) throw refuse(`binding ${name} has the number ${binding} and should have ${index}`, fix);
  });
  if (struct && !struct.members) throw refuse(`uniform ${struct.name} is no struct`, "Declare a struct whose members it has.");
  const members = struct?.members ?? [];
  members.forEach(({ name, type, offset }, index) => {
    if (TYPES.includes(type.name) && offset === 4 * index) return;
    const what = TYPES.includes(type.name) ? "does not follow the member before it" : `is ${type.name}`;
    throw refuse(`uniform ${struct?.name}.${name} ${what}`, "Members are u32, i32 or f32, one behind the other without @size or @align.");
  });
  const declarations = new Declarations(source);
  const constants = constantsOf(declarations);
  return {
    workgroup: (declarations.entries.get("main") ?? []).map((text) => extentOf(text, constants, declarations, refuse)),
    bindings: Object.fromEntries(storage.map(({ name, access }) => [name, access])),
    uniforms: Object.fromEntries(members.map(({ name, type }) => [name, type.name])),
    constants,
  };
}

function parse(file: string, source: string): WgslReflect {
  try {
    return new WgslReflect(source);
  } catch (cause) {
    // The reader's own failures name no line.
    const reason = cause instanceof TypeError ? "a declaration is incomplete" : (cause as Error).message || String(cause);
    const fix = "Correct it; where it is right, write that declaration more plainly, such as @workgroup_size(SIZE) with a constant SIZE.";
    throw new CommandError(`${file} cannot be read as WGSL: ${reason.replace(/\.\. /, ". ")}`, fix, { cause });
  }
}

/** What dispatches may replace: constants with a type and a plain number, and names for f32. */
function constantsOf({ constants, aliases }: Declarations): Record<string, string> {
  const numbers = [...constants].flatMap(([name, { kind, type, value }]) => {
    const [, digits] = NUMBER.exec(value) ?? [];
    return kind === "const" && TYPES.includes(type) && digits !== undefined ? [[name, digits] as const] : [];
  });
  const types = [...aliases].filter(([, type]) => type === "f32").map(([name]) => [name, '"f32"'] as const);
  return Object.fromEntries([...numbers, ...types]);
}

/** One dimension of the workgroup: a number, or the name of a constant. */
function extentOf(text: string, constants: Readonly<Record<string, string>>, wgsl: Declarations, refuse: Refuse): string | number {
  const [, digits] = NUMBER.exec(text) ?? [];
  if (digits !== undefined) return Number(digits);
  const declared = wgsl.constants.get(text);
  if (Object.hasOwn(constants, text) && declared && declared.type !== "f32") return text;
  const value = NUMBER.exec(declared?.value ?? "")?.[1];
  if (!declared) throw refuse(`the workgroup's size ${text} is no number`, "Declare a constant for it: const NAME: u32 = 64;");
  const form = `const ${text}: u32 = ${value ?? 64};`;
  if (declared.kind === "override") throw refuse(`the workgroup's size ${text} is an override`, `Write it as const, not override: ${form}`);
  if (value === undefined)
    throw refuse(`the workgroup's size ${text} is computed (${declared.value})`, `Give the constant a plain number: ${form}`);
  if (declared.type === "") throw refuse(`the workgroup's size ${text} has no type`, `Declare the constant with its type: ${form}`);
  throw refuse(`the workgroup's size ${text} is ${declared.type}`, `Declare it as u32: ${form}`);
}

/** The definition as a TypeScript expression; `source` is the expression of its WGSL. */
export function renderDefinition(name: string, source: string, reflection: Reflection, more: readonly string[] = []): string {
  const { workgroup, bindings, uniforms, constants } = reflection;
  const record = (entries: Readonly<Record<string, string>>, quote = (text: string) => text) =>
    Object.keys(entries).length === 0
      ? "{}"
      : `{ ${Object.entries(entries)
          .map(([key, value]) => `${key}: ${quote(value)}`)
          .join(", ")} }`;
  const head = [
    `name: ${JSON.stringify(name)}`,
    `source: ${source}`,
    `workgroup: [${workgroup.map((size) => JSON.stringify(size)).join(", ")}]`,
  ];
  return `{
  ...{ ${[...head, ...more].join(", ")} },
  bindings: ${record(bindings, (access) => JSON.stringify(access))},
  uniforms: ${record(uniforms, (type) => JSON.stringify(type))},
  constants: ${record(constants)},
} as const satisfies KernelDefinition`;
}
