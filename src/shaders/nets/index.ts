/** Definitions of the kernels in src/shaders/nets. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import findNonFiniteSource from "./find_non_finite.wgsl?raw";
import scoreGradientSource from "./score_gradient.wgsl?raw";

export const findNonFinite = {
  ...{ name: "find_non_finite", source: findNonFiniteSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { values: "read", found: "read_write" },
  uniforms: { count: "u32", layer: "u32" },
  constants: { WORKGROUP_X: 64, Input: "f32" },
} as const satisfies KernelDefinition;

export const scoreGradient = {
  ...{ name: "score_gradient", source: scoreGradientSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { probabilities: "read", gradient: "read_write" },
  uniforms: { rows: "u32", classes: "u32", stride: "u32", target_class: "u32", of_probability: "u32", scale: "f32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;
