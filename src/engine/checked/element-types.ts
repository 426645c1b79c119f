/** Holds tensors to the types that a kernel's WGSL gives its bindings: WebGPU itself binds any bytes. */
import type { KernelDefinition } from "../../shaders/definition.ts";
import { type ConstantsOf, specialise } from "../specialise.ts";
import type { DataType, Tensor } from "../tensor.ts";
import { Declarations } from "../wgsl-declarations.ts";
import { refuse } from "./arguments.ts";

/** What lies in memory under a type: its scalars, and its bytes (of a runtime-sized array, those of one element). */
interface Content {
  readonly scalars: ReadonlySet<string>;
  readonly bytes: number;
  readonly align: number;
}

interface Binding {
  readonly type: string;
  readonly content: Content | undefined;
}

/** There are no tensors of i32: u32's bits serve. */
const TENSORS: Readonly<Record<string, DataType>> = { f32: "f32", f16: "f16", u32: "u32", i32: "u32" };
const SUFFIXES: Readonly<Record<string, string>> = { f: "f32", h: "f16", u: "u32", i: "i32" };

const read = new WeakMap<KernelDefinition, Map<string, ReadonlyMap<string, Binding>>>();

/** Throws INVALID where a tensor holds another type than its binding in the WGSL, or less than an array of fixed size. */
export function ensureElementTypes<D extends KernelDefinition>(
  definition: D,
  constants: ConstantsOf<D>,
  bindings: Readonly<Record<string, Tensor>>,
  nothing: Tensor,
): void {
  const declared = bindingsIn(definition, constants);
  for (const [name, tensor] of Object.entries(bindings)) {
    const { type, content } = declared.get(name) ?? {};
    // What cannot be told is the compiler's, and an absent input has no type.
    if (!content || tensor === nothing) continue;
    const types = [...new Set([...content.scalars].map((scalar) => TENSORS[scalar] as DataType))];
    const binding = `Dispatch of ${definition.name}: binding "${name}" is ${type} in its WGSL`;
    if (!types.includes(tensor.type)) {
      const fix = `Give a tensor of ${types.join(" or ")}: engine.tensor(label, shape, data, "${types[0]}"), or change the WGSL.`;
      refuse(`${binding}, and tensor "${tensor.label}" holds ${tensor.type}`, fix);
    }
    if (content.bytes > tensor.bytes) {
      const what = `${binding}, which is ${content.bytes} bytes, and tensor "${tensor.label}" [${tensor.shape}] has ${tensor.bytes}`;
      refuse(what, "Give a tensor at least as large.");
    }
  }
}

/** The types of all bindings under these constants, read once. */
function bindingsIn<D extends KernelDefinition>(definition: D, constants: ConstantsOf<D>): ReadonlyMap<string, Binding> {
  const variants = read.get(definition) ?? new Map<string, ReadonlyMap<string, Binding>>();
  read.set(definition, variants);
  const key = JSON.stringify(constants);
  const known = variants.get(key);
  if (known) return known;
  const wgsl = new Declarations(specialise(definition, constants));
  const storage = wgsl.variables.filter(({ space }) => space === "storage");
  const bindings = new Map(storage.map(({ name, type }) => [name, { type: wgsl.resolve(type), content: contentOf(type, wgsl) }]));
  variants.set(key, bindings);
  return bindings;
}

/** Undefined for what is not understood. */
function contentOf(given: string, wgsl: Declarations, depth = 0): Content | undefined {
  const type = wgsl.resolve(given);
  if (depth > 8) return undefined;
  const scalar = TENSORS[type] && { scalars: new Set([type]), bytes: type === "f16" ? 2 : 4, align: type === "f16" ? 2 : 4 };
  if (scalar) return scalar;
  const members = wgsl.structs.get(type);
  if (members) return structOf(members, wgsl, depth);
  const { name, of, count } = partsOf(type);
  const inner = of === undefined ? undefined : contentOf(of, wgsl, depth + 1);
  if (!inner) return undefined;
  if (name === "atomic") return inner;
  if (name === "array") {
    const length = count === undefined ? 1 : wgsl.numberOf(count);
    return length === undefined ? undefined : repeat(inner, length);
  }
  const [, columns, rows] = /^(?:vec|mat([2-4])x)([2-4])$/.exec(name) ?? [];
  if (rows === undefined) return undefined;
  const lanes = Number(rows);
  const vector = { ...inner, bytes: lanes * inner.bytes, align: (lanes === 2 ? 2 : 4) * inner.bytes };
  return columns === undefined ? vector : repeat(vector, Number(columns));
}

/** `vec4<f32>` and `vec4f`, `array<f32, 64>`: the name, what it is made of, and how many. */
function partsOf(type: string): { name: string; of?: string | undefined; count?: string | undefined } {
  const [, short, suffix = ""] = /^((?:vec|mat[2-4]x)[2-4])([fhui])$/.exec(type) ?? [];
  if (short !== undefined) return { name: short, of: SUFFIXES[suffix] };
  const [, name = "", inside] = /^(\w+)<(.*)>$/.exec(type) ?? [];
  if (inside === undefined) return { name };
  // The count of an array follows the last comma outside of brackets.
  const [, of = inside, count] = /^(.*),([^<>]+)$/.exec(inside.replace(/,$/, "")) ?? [];
  return { name, of: of.replace(/,$/, ""), count };
}

function structOf(
  members: readonly { type: string; attributes: readonly string[] }[],
  wgsl: Declarations,
  depth: number,
): Content | undefined {
  const scalars = new Set<string>();
  let [bytes, align] = [0, 1];
  for (const { type, attributes } of members) {
    const content = contentOf(type, wgsl, depth + 1);
    if (!content || attributes.length > 0) return undefined;
    for (const scalar of content.scalars) scalars.add(scalar);
    bytes = roundTo(bytes, content.align) + content.bytes;
    align = Math.max(align, content.align);
  }
  return { scalars, bytes: roundTo(bytes, align), align };
}

function repeat(content: Content, count: number): Content {
  return { ...content, bytes: count * roundTo(content.bytes, content.align) };
}

function roundTo(bytes: number, step: number): number {
  return Math.ceil(bytes / step) * step;
}
