/** Definitions of the kernels in src/shaders/ops. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import activateSource from "../include/activate.wgsl?raw";
import activationSource from "./activation.wgsl?raw";
import adaptivePoolSource from "./adaptive_pool.wgsl?raw";
import addSource from "./add.wgsl?raw";
import binarySource from "./binary.wgsl?raw";
import convStemSource from "./conv_stem.wgsl?raw";
import copyChannelsSource from "./copy_channels.wgsl?raw";
import depthwiseSource from "./depthwise.wgsl?raw";
import depthwiseTileSource from "./depthwise_tile.wgsl?raw";
import globalPoolSource from "./global_pool.wgsl?raw";
import layerNormSource from "./layer_norm.wgsl?raw";
import localResponseNormSource from "./local_response_norm.wgsl?raw";
import neighboursSource from "../include/neighbours.wgsl?raw";
import operandsSource from "../include/operands.wgsl?raw";
import packSource from "./pack.wgsl?raw";
import padSource from "./pad.wgsl?raw";
import poolSource from "./pool.wgsl?raw";
import preluSource from "./prelu.wgsl?raw";
import resizeNearestSource from "./resize_nearest.wgsl?raw";
import shuffleSource from "./shuffle.wgsl?raw";
import storedSource from "../include/stored.wgsl?raw";
import tileLinesSource from "../include/tile_lines.wgsl?raw";
import upsampleSource from "./upsample.wgsl?raw";

export const activation = {
  ...{ name: "activation", source: activationSource + activateSource + storedSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", channels: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 64, ACTIVATION: 0, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const adaptivePool = {
  ...{ name: "adaptive_pool", source: adaptivePoolSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const add = {
  ...{ name: "add", source: addSource + activateSource + storedSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { a: "read", b: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 64, ACTIVATION: 0, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const binary = {
  ...{ name: "binary", source: binarySource + operandsSource + activateSource + storedSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { a: "read", b: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", height: "u32", width: "u32", channels: "u32", channels4: "u32", a_image: "u32", a_line: "u32", a_pixel: "u32", a_vector: "u32", b_image: "u32", b_line: "u32", b_pixel: "u32", b_vector: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 64, OPERATOR: 0, A_FORM: 0, B_FORM: 0, ACTIVATION: 0, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const convStem = {
  ...{ name: "conv_stem", source: convStemSource + activateSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", weights: "read", bias: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", out_height: "u32", out_width: "u32", columns4: "u32", out_columns4: "u32", out_first4: "u32", kernel_y: "u32", kernel_x: "u32", stride_y: "u32", stride_x: "u32", dilation_y: "u32", dilation_x: "u32", pad_top: "u32", pad_left: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, TILE_PIXELS: 4, TILE_COLUMNS: 2, ACTIVATION: 0, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const copyChannels = {
  ...{ name: "copy_channels", source: copyChannelsSource + storedSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { a: "read", b: "read", c: "read", d: "read", residual: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", channels4: "u32", first4: "u32", count4: "u32", end: "u32", a4: "u32", b4: "u32", c4: "u32", d4: "u32", offset_a: "i32", offset_b: "i32", offset_c: "i32", offset_d: "i32", has_residual: "u32" },
  constants: { WORKGROUP_X: 64, IMAGES: 4, SHIFT: 0, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const depthwise = {
  ...{ name: "depthwise", source: depthwiseSource + activateSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", weights: "read", bias: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", image_channels4: "u32", image_first4: "u32", out_height: "u32", out_width: "u32", out_channels4: "u32", out_first4: "u32", kernel_y: "u32", kernel_x: "u32", stride_y: "u32", stride_x: "u32", dilation_y: "u32", dilation_x: "u32", pad_top: "u32", pad_left: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, TILE_PIXELS: 7, ACTIVATION: 0, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const depthwiseTile = {
  ...{ name: "depthwise_tile", source: depthwiseTileSource + activateSource + storedSource + tileLinesSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", weights: "read", bias: "read", out: "read_write" },
  uniforms: { batch: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", out_channels4: "u32", out_first4: "u32", pad_top: "u32", pad_left: "u32", tile_lines: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, TILE_PIXELS: 7, TAPS: 3, STRIDE: 1, ACTIVATION: 0, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const globalPool = {
  ...{ name: "global_pool", source: globalPoolSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { pixels: "u32", channels4: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 8, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const layerNorm = {
  ...{ name: "layer_norm", source: layerNormSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", weight: "read", bias: "read", out: "read_write" },
  uniforms: { pixels: "u32", line: "u32", channels: "u32", channels4: "u32", epsilon: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const localResponseNorm = {
  ...{ name: "local_response_norm", source: localResponseNormSource + neighboursSource + storedSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", channels: "u32", channels4: "u32", size: "u32", alpha: "f32", beta: "f32", k: "f32" },
  constants: { WORKGROUP_X: 64, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const pack = {
  ...{ name: "pack", source: packSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { values: "read", scale: "read", packed: "read_write" },
  uniforms: { inputs: "u32", merged: "u32", group_outputs: "u32", first_output: "u32", inputs_padded: "u32", taps: "u32", output_step: "u32", input_step: "u32", tap_step: "u32", group: "u32", group4: "u32", call_columns4: "u32", first4: "u32", scale4: "u32", columns4: "u32", has_scale: "u32" },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, Weight: "f32" },
} as const satisfies KernelDefinition;

export const pad = {
  ...{ name: "pad", source: padSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", out_height: "u32", out_width: "u32", channels: "u32", channels4: "u32", top: "i32", left: "i32", reflects: "u32", value: "f32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const pool = {
  ...{ name: "pool", source: poolSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", out_channels4: "u32", out_first4: "u32", window_y: "u32", window_x: "u32", stride_y: "u32", stride_x: "u32", pad_top: "u32", pad_left: "u32", pad_bottom: "u32", pad_right: "u32", mode: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const prelu = {
  ...{ name: "prelu", source: preluSource + storedSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gradient: "read", image: "read", slopes: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", channels4: "u32" },
  constants: { WORKGROUP_X: 64, SHARED: 0, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const resizeNearest = {
  ...{ name: "resize_nearest", source: resizeNearestSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", out_height: "u32", out_width: "u32", channels4: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const shuffle = {
  ...{ name: "shuffle", source: shuffleSource + storedSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", channels: "u32", channels4: "u32", groups: "u32" },
  constants: { WORKGROUP_X: 64, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;

export const upsample = {
  ...{ name: "upsample", source: upsampleSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Input: "f32", Output: "f32" },
} as const satisfies KernelDefinition;
