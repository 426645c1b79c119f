import type { KernelDefinition } from "../../src/shaders/definition.ts";
import copySource from "./copy.wgsl?raw";
import fmaSource from "./fma.wgsl?raw";

export const copy = {
  ...{ name: "copy", source: copySource, workgroup: ["WORKGROUP_X"] },
  bindings: [
    { name: "input", binding: 0, access: "read" },
    { name: "out", binding: 1, access: "read_write" },
  ],
  uniforms: { binding: 2, size: 8, members: { vectors: { offset: 0, type: "u32" }, line: { offset: 4, type: "u32" } } },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const fma = {
  ...{ name: "fma", source: fmaSource, workgroup: ["WORKGROUP_X"] },
  bindings: [{ name: "out", binding: 0, access: "read_write" }],
  uniforms: {
    binding: 1,
    size: 16,
    members: {
      iterations: { offset: 0, type: "u32" },
      line: { offset: 4, type: "u32" },
      factor: { offset: 8, type: "f32" },
      addend: { offset: 12, type: "f32" },
    },
  },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;
