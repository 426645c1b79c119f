/** Definitions of the kernels in src/shaders/dense. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import activateSource from "../include/activate.wgsl?raw";
import combineSlicesSource from "./combine_slices.wgsl?raw";
import convSource from "./conv.wgsl?raw";
import convRowsSource from "./conv_rows.wgsl?raw";
import convSubgroupSource from "./conv_subgroup.wgsl?raw";
import convTiledSource from "./conv_tiled.wgsl?raw";
import matmulSource from "./matmul.wgsl?raw";
import storedSource from "../include/stored.wgsl?raw";
import windowSource from "../include/window.wgsl?raw";

export const combineSlices = {
  ...{ name: "combine_slices", source: combineSlicesSource + activateSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { slices: "read", bias: "read", residual: "read", out: "read_write" },
  uniforms: { slices: "u32", rows: "u32", columns4: "u32", out_columns4: "u32", out_first4: "u32", has_residual: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, ACTIVATION: 0, Output: "f32" },
} as const satisfies KernelDefinition;

export const conv = {
  ...{ name: "conv", source: convSource + activateSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", weights: "read", bias: "read", residual: "read", out: "read_write" },
  uniforms: { rows: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", columns4: "u32", out_columns4: "u32", first4: "u32", out_first4: "u32", kernel_y: "u32", kernel_x: "u32", stride_y: "u32", stride_x: "u32", dilation_y: "u32", dilation_x: "u32", pad_top: "i32", pad_left: "i32", has_bias: "u32", has_residual: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, TILE_ROWS: 8, TILE_COLUMNS: 2, ACTIVATION: 0, Weight: "f32", Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const convRows = {
  ...{ name: "conv_rows", source: convRowsSource + activateSource + storedSource + windowSource, workgroup: ["LANES"], checked: true },
  bindings: { image: "read", weights: "read", bias: "read", residual: "read", out: "read_write" },
  uniforms: { rows: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", columns4: "u32", out_columns4: "u32", first4: "u32", out_first4: "u32", kernel_y: "u32", kernel_x: "u32", stride_y: "u32", stride_x: "u32", pad_top: "i32", pad_left: "i32", has_bias: "u32", has_residual: "u32", low: "f32", high: "f32", image_step: "u32", weights_step: "u32", out_step: "u32" },
  constants: { LANES: 4, COLUMNS: 6, INNER: 4, ACTIVATION: 0, Weight: "f32", Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const convSubgroup = {
  ...{ name: "conv_subgroup", source: convSubgroupSource + activateSource + storedSource + windowSource, workgroup: ["LANES"], checked: true },
  bindings: { image: "read", weights: "read", bias: "read", residual: "read", out: "read_write" },
  uniforms: { rows: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", columns4: "u32", out_columns4: "u32", first4: "u32", out_first4: "u32", kernel_y: "u32", kernel_x: "u32", stride_y: "u32", stride_x: "u32", pad_top: "i32", pad_left: "i32", has_bias: "u32", has_residual: "u32", low: "f32", high: "f32", slice: "u32", out_step: "u32" },
  constants: { LANES: 4, ACTIVATION: 0, Weight: "f32", Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const convTiled = {
  ...{ name: "conv_tiled", source: convTiledSource + activateSource + storedSource, workgroup: ["COLUMNS", 8], checked: true },
  bindings: { image: "read", weights: "read", bias: "read", residual: "read", out: "read_write" },
  uniforms: { rows: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", columns4: "u32", out_columns4: "u32", first4: "u32", out_first4: "u32", kernel_y: "u32", kernel_x: "u32", stride_y: "u32", stride_x: "u32", pad_top: "i32", pad_left: "i32", has_residual: "u32", low: "f32", high: "f32" },
  constants: { COLUMNS: 16, ROWS: 64, ACTIVATION: 0, Weight: "f32", Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const matmul = {
  ...{ name: "matmul", source: matmulSource + activateSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { a: "read", b: "read", bias: "read", residual: "read", out: "read_write" },
  uniforms: { rows: "u32", inner4: "u32", columns4: "u32", out_columns4: "u32", first4: "u32", out_first4: "u32", has_bias: "u32", has_residual: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, TILE_ROWS: 8, TILE_COLUMNS: 2, ACTIVATION: 0, Weight: "f32", Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;
