/** Definitions of the kernels in src/shaders/grouped. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import activateSource from "../include/activate.wgsl?raw";
import convGroupedSource from "./conv_grouped.wgsl?raw";
import storedSource from "../include/stored.wgsl?raw";

export const convGrouped = {
  ...{ name: "conv_grouped", source: convGroupedSource + activateSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", weights: "read", bias: "read", residual: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", columns4: "u32", out_columns4: "u32", out_first4: "u32", block_inputs4: "u32", block_columns4: "u32", kernel_y: "u32", kernel_x: "u32", stride_y: "u32", stride_x: "u32", dilation_y: "u32", dilation_x: "u32", pad_top: "i32", pad_left: "i32", has_residual: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, TILE_PIXELS: 7, TILE_COLUMNS: 2, ACTIVATION: 0, Weight: "f32", Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;
