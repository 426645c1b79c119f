/** A kernel's WGSL under the constants of a dispatch. */
import type { KernelDefinition } from "../shaders/definition.ts";
import { EngineError } from "./errors.ts";
import type { Tensor } from "./tensor.ts";

type ConstantOf<Default> = Default extends number ? number : "f32" | "f16";
/** Constants of a kernel that a dispatch replaces: numbers, or the type of its values. */
export type ConstantsOf<D extends KernelDefinition> = { readonly [K in keyof D["constants"]]?: ConstantOf<D["constants"][K]> };

/**
 * WGSL of the kernel with the given text constants and storage types replaced. They are text and not `override`, because WGSL forbids
 * overrides where register tiles need them, and because the CPU executor of the tests does not know them in @workgroup_size.
 */
export function specialise<D extends KernelDefinition>(definition: D, constants: ConstantsOf<D> = {}): string {
  let source = definition.source;
  for (const [name, value] of Object.entries(constants) as [string, number | string][]) {
    if (!Object.hasOwn(definition.constants, name)) {
      const known = Object.keys(definition.constants).join(", ") || "none";
      throw new EngineError("INVALID", `Kernel ${definition.name} has no constant ${name}.`, `It has: ${known}.`);
    }
    const declared = `(const\\s+${name}\\s*:\\s*\\w+|alias\\s+${name})\\s*=[^;]+;`;
    source = source.replace(new RegExp(`(?<=^|[;}])(\\s*)${declared}`, "m"), (_, space, start) => `${space}${start} = ${value};`);
  }
  return Object.values<unknown>(constants).includes("f16") ? `enable f16; ${source}` : source;
}

/** Workgroup size of the kernel under the given constants. */
export function workgroupSize<D extends KernelDefinition>(definition: D, constants: ConstantsOf<D> = {}): [number, number, number] {
  const values = { ...definition.constants, ...constants } as Record<string, number>;
  const [x = 1, y = 1, z = 1] = definition.workgroup.map((size) => (typeof size === "number" ? size : (values[size] as number)));
  return [x, y, z];
}

/**
 * The constants with the types of what is bound: where a tensor is f16, so is the name that its binding has for them in the WGSL, as Input in
 * `image: array<vec4<Input>>`. Bindings that share a name must be bound to one type. `nothing`, an absent input, has none. Throws INVALID.
 */
export function withTypesOf<D extends KernelDefinition>(
  definition: D,
  constants: ConstantsOf<D>,
  bindings: Readonly<Record<string, Tensor>>,
  nothing: Tensor,
): ConstantsOf<D> {
  const bound = Object.entries(bindings).filter(([, tensor]) => tensor !== nothing);
  if (!bound.some(([, { type }]) => type === "f16")) return constants;
  const typed: Record<string, "f16" | "f32"> = {};
  for (const [binding, { label, type }] of bound) {
    const [, name = ""] = new RegExp(`var<storage[^>]*>\\s*${binding}\\s*:\\s*array<(?:vec[24]<)?(\\w+)`).exec(definition.source) ?? [];
    const named = Object.hasOwn(definition.constants, name);
    // Kernels of others are held to their types when they are checked.
    if (!named && type === "f16" && definition.checked) {
      const fix = `Give it f32, or name its type in the WGSL: alias Input = f32; and ${binding}: array<vec4<Input>>.`;
      throw new EngineError("INVALID", `Kernel ${definition.name} does not take f16 as its ${binding} (tensor "${label}").`, fix);
    }
    if (!named || type === "u32") continue;
    if ((typed[name] ?? type) !== type) {
      const what = `Kernel ${definition.name} takes tensors of one type as its ${name}, and "${label}" is ${type} unlike another`;
      throw new EngineError("INVALID", `${what}.`, "Convert one of them.");
    }
    typed[name] = type;
  }
  const halves = Object.entries(typed).filter(([, type]) => type === "f16");
  return { ...Object.fromEntries(halves), ...constants } as ConstantsOf<D>;
}
