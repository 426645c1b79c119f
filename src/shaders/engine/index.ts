/** Definitions of the kernels in src/shaders/engine. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import copySource from "./copy.wgsl?raw";
import fmaSource from "./fma.wgsl?raw";

export const copy = {
  ...{ name: "copy", source: copySource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { input: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const fma = {
  ...{ name: "fma", source: fmaSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { out: "read_write" },
  uniforms: { iterations: "u32", line: "u32", factor: "f32", addend: "f32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;
