// relabel 0.1.0
// Written by `relabel reflect` from scale.wgsl. Do not edit: change the WGSL, and write this anew.
import type { KernelDefinition } from "relabel/engine";
import wgsl from "./scale.wgsl?raw";

export const scaleKernel = {
  ...{ name: "scale", source: wgsl, workgroup: ["SIZE"] },
  bindings: { input: "read", out: "read_write" },
  uniforms: { count: "u32", gain: "f32" },
  constants: { SIZE: 64 },
} as const satisfies KernelDefinition;
