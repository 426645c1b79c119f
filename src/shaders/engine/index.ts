/** Definitions of the kernels in src/shaders/engine. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import copySource from "./copy.wgsl?raw";
import dot4Source from "./dot4.wgsl?raw";
import fmaSource from "./fma.wgsl?raw";
import readSource from "./read.wgsl?raw";
import writeSource from "./write.wgsl?raw";

export const copy = {
  ...{ name: "copy", source: copySource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { input: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const dot4 = {
  ...{ name: "dot4", source: dot4Source, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { out: "read_write" },
  uniforms: { iterations: "u32", line: "u32", factor: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const fma = {
  ...{ name: "fma", source: fmaSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { out: "read_write" },
  uniforms: { iterations: "u32", line: "u32", factor: "f32", addend: "f32" },
  constants: { WORKGROUP_X: 64, Number: "f32" },
} as const satisfies KernelDefinition;

export const read = {
  ...{ name: "read", source: readSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { input: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32" },
  constants: { WORKGROUP_X: 64, PIECE: 32 },
} as const satisfies KernelDefinition;

export const write = {
  ...{ name: "write", source: writeSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", value: "f32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;
