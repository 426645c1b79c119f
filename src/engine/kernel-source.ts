/** Finds the WGSL of this package's kernels by their names, for whoever shows it. */
import type { KernelDefinition } from "../shaders/definition.ts";
import { specialise } from "./specialise.ts";

/** The WGSL of a kernel under these constants, or undefined where this package has no such kernel. Loads the text of all kernels. */
export async function kernelSource(name: string, constants: Readonly<Record<string, number | string>>): Promise<string | undefined> {
  const kernels: Record<string, KernelDefinition> = await import("../shaders/index.ts");
  const definition = Object.values(kernels).find((kernel) => kernel.name === name);
  return definition && specialise(definition, constants as Readonly<Record<string, number | "f16" | "f32">>);
}
