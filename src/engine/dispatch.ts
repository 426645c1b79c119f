/** What a dispatch of a kernel is given, and what a plan keeps of it. */
import type { BindingsOf, ConstantsOf, KernelDefinition, UniformsOf } from "./kernel.ts";
import type { Tensor } from "./tensor.ts";

/** One dispatch of a kernel. `threads` are invocations wanted in x, y, z; the plan rounds them up to whole workgroups. */
export type Dispatch<D extends KernelDefinition> = {
  label?: string;
  bindings: BindingsOf<D>;
  constants?: ConstantsOf<D>;
  threads: readonly [number, number?, number?];
  /** Floating-point operations, for pacing and the profile; the number of threads by default. */
  flops?: number;
} & (Record<never, never> extends UniformsOf<D> ? { uniforms?: UniformsOf<D> } : { uniforms: UniformsOf<D> });

/** A dispatch as a plan keeps it. */
export interface Step {
  label: string;
  definition: KernelDefinition;
  constants: ConstantsOf<KernelDefinition>;
  bindings: Record<string, Tensor>;
  uniforms: Record<string, number>;
  groups: [number, number, number];
  flops: number;
  bytes: number;
}

/** Names a dispatch of a plan, to change its uniforms between runs. */
export type StepHandle<D extends KernelDefinition> = { readonly index: number; readonly definition: D };
