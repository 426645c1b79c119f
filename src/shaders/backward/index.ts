/** Definitions of the kernels in src/shaders/backward. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import activateSource from "../include/activate.wgsl?raw";
import activationGradientSource from "./activation_gradient.wgsl?raw";
import adaptivePoolTransposedSource from "./adaptive_pool_transposed.wgsl?raw";
import binaryGradientSource from "./binary_gradient.wgsl?raw";
import convStemTransposedSource from "./conv_stem_transposed.wgsl?raw";
import depthwiseTransposedSource from "./depthwise_transposed.wgsl?raw";
import dilateSource from "./dilate.wgsl?raw";
import layerNormGradientSource from "./layer_norm_gradient.wgsl?raw";
import linearRectifiedSource from "./linear_rectified.wgsl?raw";
import linearTransposedSource from "./linear_transposed.wgsl?raw";
import localResponseNormGradientSource from "./local_response_norm_gradient.wgsl?raw";
import neighboursSource from "../include/neighbours.wgsl?raw";
import operandsSource from "../include/operands.wgsl?raw";
import poolTransposedSource from "./pool_transposed.wgsl?raw";
import rectifyWeightsSource from "./rectify_weights.wgsl?raw";
import reflectTransposedSource from "./reflect_transposed.wgsl?raw";
import resizeNearestTransposedSource from "./resize_nearest_transposed.wgsl?raw";
import shareSource from "./share.wgsl?raw";
import slopeSource from "../include/slope.wgsl?raw";
import sumAxisSource from "./sum_axis.wgsl?raw";
import sumChannelsSource from "./sum_channels.wgsl?raw";
import transposeWeightsSource from "./transpose_weights.wgsl?raw";
import upsampleTransposedSource from "./upsample_transposed.wgsl?raw";

export const activationGradient = {
  ...{ name: "activation_gradient", source: activationGradientSource + activateSource + slopeSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gradient: "read", value: "read", clean: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", clean_vectors: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 64, ACTIVATION: 0 },
} as const satisfies KernelDefinition;

export const adaptivePoolTransposed = {
  ...{ name: "adaptive_pool_transposed", source: adaptivePoolTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { gradient: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const binaryGradient = {
  ...{ name: "binary_gradient", source: binaryGradientSource + operandsSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gradient: "read", a: "read", b: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", height: "u32", width: "u32", channels: "u32", channels4: "u32", a_image: "u32", a_line: "u32", a_pixel: "u32", a_vector: "u32", b_image: "u32", b_line: "u32", b_pixel: "u32", b_vector: "u32" },
  constants: { WORKGROUP_X: 64, OPERATOR: 0, OPERAND: 0, A_FORM: 0, B_FORM: 0 },
} as const satisfies KernelDefinition;

export const convStemTransposed = {
  ...{ name: "conv_stem_transposed", source: convStemTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { gradient: "read", weights: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", out_height: "u32", out_width: "u32", columns4: "u32", kernel_y: "u32", kernel_x: "u32", stride_y: "u32", stride_x: "u32", dilation_y: "u32", dilation_x: "u32", pad_top: "u32", pad_left: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const depthwiseTransposed = {
  ...{ name: "depthwise_transposed", source: depthwiseTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { gradient: "read", weights: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", kernel_y: "u32", kernel_x: "u32", stride_y: "u32", stride_x: "u32", dilation_y: "u32", dilation_x: "u32", pad_top: "u32", pad_left: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const dilate = {
  ...{ name: "dilate", source: dilateSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", residual: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", stride_y: "u32", stride_x: "u32", has_residual: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const layerNormGradient = {
  ...{ name: "layer_norm_gradient", source: layerNormGradientSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { gradient: "read", image: "read", weight: "read", out: "read_write" },
  uniforms: { pixels: "u32", line: "u32", channels: "u32", channels4: "u32", epsilon: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const linearRectified = {
  ...{ name: "linear_rectified", source: linearRectifiedSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { image: "read", weights: "read", out: "read_write" },
  uniforms: { batch: "u32", inputs4: "u32", columns4: "u32", first4: "u32", out_columns4: "u32", sign: "f32" },
  constants: { WORKGROUP_X: 64, Weight: "f32" },
} as const satisfies KernelDefinition;

export const linearTransposed = {
  ...{ name: "linear_transposed", source: linearTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { gradient: "read", weights: "read", out: "read_write" },
  uniforms: { inputs4: "u32", columns4: "u32", first4: "u32", gradient_columns4: "u32", accumulate: "u32", sign: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, Weight: "f32" },
} as const satisfies KernelDefinition;

export const localResponseNormGradient = {
  ...{ name: "local_response_norm_gradient", source: localResponseNormGradientSource + neighboursSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gradient: "read", image: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", channels: "u32", channels4: "u32", size: "u32", alpha: "f32", beta: "f32", k: "f32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const poolTransposed = {
  ...{ name: "pool_transposed", source: poolTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", gradient: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32", window_y: "u32", window_x: "u32", stride_y: "u32", stride_x: "u32", pad_top: "u32", pad_left: "u32", pad_bottom: "u32", pad_right: "u32", mode: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const rectifyWeights = {
  ...{ name: "rectify_weights", source: rectifyWeightsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { weights: "read", scale: "read", rectified: "read_write" },
  uniforms: { rows: "u32", columns4: "u32", first4: "u32", has_scale: "u32" },
  constants: { WORKGROUP_X: 4, WORKGROUP_Y: 16, Weight: "f32" },
} as const satisfies KernelDefinition;

export const reflectTransposed = {
  ...{ name: "reflect_transposed", source: reflectTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { gradient: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", out_height: "u32", out_width: "u32", channels4: "u32", top: "i32", left: "i32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const resizeNearestTransposed = {
  ...{ name: "resize_nearest_transposed", source: resizeNearestTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { gradient: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", out_height: "u32", out_width: "u32", channels4: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const share = {
  ...{ name: "share", source: shareSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { part: "read", whole: "read", relevance: "read", residual: "read", out: "read_write" },
  uniforms: { vectors: "u32", line: "u32", part_mode: "u32", has_whole: "u32", has_residual: "u32", scale: "f32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const sumAxis = {
  ...{ name: "sum_axis", source: sumAxisSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { values: "read", factor: "read", out: "read_write" },
  uniforms: { outer: "u32", count: "u32", inner: "u32", slices: "u32", slice: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 16, TIMES: 0 },
} as const satisfies KernelDefinition;

export const sumChannels = {
  ...{ name: "sum_channels", source: sumChannelsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { values: "read", factor: "read", out: "read_write" },
  uniforms: { pixels: "u32", line: "u32", channels4: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, TIMES: 0 },
} as const satisfies KernelDefinition;

export const transposeWeights = {
  ...{ name: "transpose_weights", source: transposeWeightsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { weights: "read", transposed: "read_write" },
  uniforms: { taps: "u32", inputs4: "u32", columns4: "u32", matrix_columns4: "u32", outputs4: "u32", out_columns4: "u32", first_input4: "u32", first_output4: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Weight: "f32" },
} as const satisfies KernelDefinition;

export const upsampleTransposed = {
  ...{ name: "upsample_transposed", source: upsampleTransposedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { gradient: "read", out: "read_write" },
  uniforms: { lines: "u32", height: "u32", width: "u32", channels4: "u32", factor: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;
