/** Holds a kernel's definition to its WGSL. Loaded for kernels that are not of this package. */
import type { KernelDefinition } from "../shaders/definition.ts";
import { EngineError } from "./errors.ts";
import { describeValue, printable } from "./printable.ts";
import { type ConstantsOf, specialise, workgroupSize } from "./specialise.ts";
import { Declarations, type Member, type Variable } from "./wgsl-declarations.ts";

const REWRITE = "Let `relabel reflect` write the definition anew, or correct the one of the two that is wrong.";

/**
 * Throws INVALID, with the name of the kernel and of the binding, uniform or constant, where the definition says something else than its
 * WGSL does under these constants: bindings, their order, access and type; members of the uniform struct; constants; the workgroup's size.
 */
export function checkDefinition<D extends KernelDefinition>(definition: D, constants: ConstantsOf<D> = {}): void {
  checkForm(definition);
  if (typeof constants !== "object" || constants === null || Array.isArray(constants)) {
    throw refusal(definition.name, `its constants are ${describeValue(constants)}`, "Give an object, or nothing.");
  }
  const wgsl = new Declarations(specialise(definition, constants));
  checkConstants(definition, constants, wgsl);
  checkBindings(definition, wgsl);
  checkUniforms(definition, wgsl);
  checkEntry(definition, workgroupSize(definition, constants), wgsl);
}

function refusal(kernel: string, what: string, fix = REWRITE): EngineError {
  return new EngineError("INVALID", `Kernel ${kernel}: ${what}.`, fix);
}

const FORM = {
  source: (value: unknown) => typeof value === "string",
  workgroup: (value: unknown) =>
    Array.isArray(value) && value.length <= 3 && value.every((size) => typeof size === "string" || (Number.isInteger(size) && size >= 1)),
  bindings: (value: unknown) => isRecord(value, ["read", "read_write"]),
  uniforms: (value: unknown) => isRecord(value, ["u32", "i32", "f32"]),
  constants: (value: unknown) => isRecord(value, ["f32"], "number"),
} as const;

function isRecord(value: unknown, allowed: readonly unknown[], type?: string): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((entry) => allowed.includes(entry) || typeof entry === type);
}

/** Throws INVALID where a definition is none: they are also written in JavaScript, where nothing else tells. */
export function checkForm(definition: KernelDefinition): void {
  if (typeof definition?.name !== "string") throw refusal("without a name", `its name is ${describeValue(definition?.name)}`);
  for (const [field, holds] of Object.entries(FORM)) {
    const value: unknown = definition[field as keyof typeof FORM];
    if (!holds(value)) throw refusal(definition.name, `its definition's ${field} cannot be ${textOf(value)}`);
  }
}

/** As JSON, where a value can be. */
function textOf(value: unknown): string {
  try {
    return printable(JSON.stringify(value) ?? String(value));
  } catch {
    return describeValue(value);
  }
}

function checkConstants(definition: KernelDefinition, constants: Readonly<Record<string, unknown>>, wgsl: Declarations): void {
  const { name: kernel } = definition;
  for (const [name, standard] of Object.entries(definition.constants)) {
    const expected = constants[name] ?? standard;
    const shape = typeof standard === "number" ? `const ${name}: u32 = ${standard};` : `alias ${name} = f32;`;
    const form = `Write it as \`${shape}\`, on a line of its own.`;
    if (typeof standard === "number" && typeof expected !== "number") {
      throw refusal(kernel, `constant ${name} is ${describeValue(expected)}`, "Give it a number.");
    }
    const constant = wgsl.constants.get(name);
    if (constant?.kind === "override") throw refusal(kernel, `constant ${name} is an override in its WGSL`, form);
    const found = typeof standard === "number" ? wgsl.numberOf(name) : wgsl.aliases.get(name);
    if (found === expected && (typeof standard !== "number" || constant?.type)) continue;
    if (typeof standard === "number" ? !constant : found === undefined) throw refusal(kernel, `its WGSL has no constant ${name}`, form);
    if (constants[name] !== undefined) throw refusal(kernel, `constant ${name} cannot be replaced in its WGSL`, form);
    const value = constant?.value ?? found;
    throw refusal(kernel, `constant ${name} is ${standard} in its definition and ${value} in its WGSL`);
  }
}

function checkBindings(definition: KernelDefinition, wgsl: Declarations): void {
  const { name: kernel } = definition;
  const resources = resourcesOf(kernel, wgsl);
  const expected = Object.entries<string>(definition.bindings);
  expected.forEach(([name, access], index) => {
    const found = resources[index];
    const elsewhere = resources.find((resource) => resource.name === name);
    if (!found || (found.name !== name && !elsewhere)) throw refusal(kernel, `its WGSL has no binding ${index} called "${name}"`);
    if (found.name !== name) {
      throw refusal(kernel, `binding ${index} is "${name}" in its definition and "${found.name}" in its WGSL`);
    }
    if (found.space !== "storage") throw refusal(kernel, `binding "${name}" is no storage buffer in its WGSL, but var<${found.space}>`);
    if (found.access !== access) {
      throw refusal(kernel, `binding "${name}" is ${access} in its definition and ${found.access} in its WGSL`);
    }
  });
  const more = resources.slice(expected.length).find(({ space }) => space === "storage");
  if (more) throw refusal(kernel, `its WGSL has the binding "${more.name}", and its definition does not`);
}

/** Variables with a binding, by its number. Throws where the engine could not bind one. */
function resourcesOf(kernel: string, wgsl: Declarations): Variable[] {
  const bound = wgsl.variables.filter(({ space }) => ["storage", "uniform", ""].includes(space));
  for (const { name, space, type, group, binding } of bound) {
    const kinds = "A kernel binds storage buffers and, behind them, one uniform struct.";
    if (space === "") throw refusal(kernel, `binding "${name}" is a ${wgsl.resolve(type)}`, kinds);
    if (group !== 0 || binding === undefined) {
      throw refusal(kernel, `binding "${name}" is not in group 0`, `Write @group(0) @binding(NUMBER) before var<${space}> ${name}.`);
    }
  }
  const sorted = [...bound].sort((a, b) => (a.binding as number) - (b.binding as number));
  sorted.forEach(({ name, binding }, index) => {
    if (binding === index) return;
    const what = `binding "${name}" has the number ${binding} in its WGSL, and should have ${index}`;
    throw refusal(kernel, what, "Number bindings from 0 on without gaps, the uniform struct being the last.");
  });
  return sorted;
}

function checkUniforms(definition: KernelDefinition, wgsl: Declarations): void {
  const { name: kernel } = definition;
  const expected = Object.entries<string>(definition.uniforms);
  const [uniform, second] = wgsl.variables.filter(({ space }) => space === "uniform");
  if (second)
    throw refusal(kernel, `its WGSL has two uniform bindings, "${uniform?.name}" and "${second.name}"`, "Join them in one struct.");
  if (!uniform) {
    if (expected.length === 0) return;
    throw refusal(kernel, `its WGSL has no uniform struct, and its definition has the uniform "${expected[0]?.[0]}"`);
  }
  const type = wgsl.resolve(uniform.type);
  const members = wgsl.structs.get(type);
  if (!members) throw refusal(kernel, `uniform "${uniform.name}" is no struct, but ${type}`, "Declare a struct whose members it has.");
  for (let index = 0; index < Math.max(members.length, expected.length); index++) {
    checkMember(kernel, `${uniform.name}`, index, expected[index], members[index], wgsl);
  }
}

function checkMember(
  kernel: string,
  struct: string,
  index: number,
  expected: readonly [string, string] | undefined,
  member: Member | undefined,
  wgsl: Declarations,
): void {
  if (!member) throw refusal(kernel, `its WGSL has no uniform "${struct}.${expected?.[0]}"`);
  const name = `uniform "${struct}.${member.name}"`;
  if (!expected) throw refusal(kernel, `${name} is missing in its definition`);
  if (member.name !== expected[0]) {
    throw refusal(kernel, `uniform ${index} of "${struct}" is "${expected[0]}" in its definition and "${member.name}" in its WGSL`);
  }
  const type = wgsl.resolve(member.type);
  if (type !== expected[1]) throw refusal(kernel, `${name} is ${expected[1]} in its definition and ${type} in its WGSL`);
  // Members lie at multiples of four bytes, one behind the other.
  const moved = member.attributes.find((attribute) => !/^(align|size)\(4[ui]?\)$/.test(attribute));
  if (moved) throw refusal(kernel, `${name} has the attribute @${moved}`, "Remove it: members of four bytes each follow one another.");
}

function checkEntry(definition: KernelDefinition, size: readonly number[], wgsl: Declarations): void {
  const { name: kernel, workgroup } = definition;
  const found = wgsl.entries.get("main");
  if (!found) throw refusal(kernel, "its WGSL has no entry point called main", "Call the function with @compute main.");
  size.forEach((extent, axis) => {
    const text = found[axis] ?? "1";
    const value = wgsl.numberOf(text);
    if (value === extent) return;
    const [said, read] = [workgroup[axis] ?? 1, value === undefined || String(value) === text ? text : `${text} = ${value}`];
    const fix = value === undefined ? `Give @workgroup_size a number, or a constant: const NAME: u32 = ${extent};` : undefined;
    throw refusal(kernel, `its workgroup's size in ${"xyz"[axis]} is ${said} in its definition and ${read} in its WGSL`, fix);
  });
}
