/** A kernel's WGSL under the constants of a dispatch. */
import type { KernelDefinition } from "../shaders/definition.ts";
import { EngineError } from "./errors.ts";

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
