/** Definitions of the kernels in src/shaders/winograd. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import activateSource from "../include/activate.wgsl?raw";
import storedSource from "../include/stored.wgsl?raw";
import winograd4InputSource from "./winograd4_input.wgsl?raw";
import winograd4OutputSource from "./winograd4_output.wgsl?raw";
import winograd4WeightsSource from "./winograd4_weights.wgsl?raw";
import winogradInputSource from "./winograd_input.wgsl?raw";
import winogradOutputSource from "./winograd_output.wgsl?raw";
import winogradWeightsSource from "./winograd_weights.wgsl?raw";

export const winograd4Input = {
  ...{ name: "winograd4_input", source: winograd4InputSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", tiles: "read_write" },
  uniforms: { count: "u32", first_tile: "u32", tiles_y: "u32", tiles_x: "u32", height: "u32", width: "u32", channels4: "u32", pad_top: "i32", pad_left: "i32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Input: "f32" },
} as const satisfies KernelDefinition;

export const winograd4Output = {
  ...{ name: "winograd4_output", source: winograd4OutputSource + activateSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { products: "read", bias: "read", residual: "read", out: "read_write" },
  uniforms: { count: "u32", first_tile: "u32", tiles_y: "u32", tiles_x: "u32", out_height: "u32", out_width: "u32", columns4: "u32", out_columns4: "u32", out_first4: "u32", has_residual: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, ACTIVATION: 0, Output: "f32" },
} as const satisfies KernelDefinition;

export const winograd4Weights = {
  ...{ name: "winograd4_weights", source: winograd4WeightsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { weights: "read", planes: "read_write" },
  uniforms: { channels: "u32", columns4: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Weight: "f32" },
} as const satisfies KernelDefinition;

export const winogradInput = {
  ...{ name: "winograd_input", source: winogradInputSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", tiles: "read_write" },
  uniforms: { count: "u32", first_tile: "u32", tiles_y: "u32", tiles_x: "u32", height: "u32", width: "u32", channels4: "u32", pad_top: "i32", pad_left: "i32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Input: "f32" },
} as const satisfies KernelDefinition;

export const winogradOutput = {
  ...{ name: "winograd_output", source: winogradOutputSource + activateSource + storedSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { products: "read", bias: "read", residual: "read", out: "read_write" },
  uniforms: { count: "u32", first_tile: "u32", tiles_y: "u32", tiles_x: "u32", out_height: "u32", out_width: "u32", columns4: "u32", out_columns4: "u32", out_first4: "u32", has_residual: "u32", low: "f32", high: "f32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, ACTIVATION: 0, Output: "f32" },
} as const satisfies KernelDefinition;

export const winogradWeights = {
  ...{ name: "winograd_weights", source: winogradWeightsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { weights: "read", planes: "read_write" },
  uniforms: { channels: "u32", columns4: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, Weight: "f32" },
} as const satisfies KernelDefinition;
