/** Definitions of the kernels in src/shaders/explain. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import blurSource from "./blur.wgsl?raw";
import channelSumSource from "./channel_sum.wgsl?raw";

export const blur = {
  ...{ name: "blur", source: blurSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { lines: "u32", size: "u32", inner: "u32", sigma: "f32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const channelSum = {
  ...{ name: "channel_sum", source: channelSumSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { image: "read", weights: "read", out: "read_write" },
  uniforms: { positions: "u32", channels4: "u32", has_weights: "u32", weights_stride4: "u32", rectified: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;
