/** Definitions of the kernels in src/shaders/mask. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import extremalGradientSource from "./extremal_gradient.wgsl?raw";
import extremalImageSource from "./extremal_image.wgsl?raw";
import fgvisGradientSource from "./fgvis_gradient.wgsl?raw";
import fgvisImageSource from "./fgvis_image.wgsl?raw";
import fgvisStepSource from "./fgvis_step.wgsl?raw";
import fgvisUpdateSource from "./fgvis_update.wgsl?raw";
import pcg4dSource from "../include/pcg4d.wgsl?raw";
import pyramidSource from "./pyramid.wgsl?raw";
import rewardSource from "./reward.wgsl?raw";
import smoothMaskSource from "./smooth_mask.wgsl?raw";
import smoothMaskStepSource from "./smooth_mask_step.wgsl?raw";

export const extremalGradient = {
  ...{ name: "extremal_gradient", source: extremalGradientSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { pyramid: "read", mask: "read", gradient: "read", threshold: "read", out: "read_write" },
  uniforms: { full_x: "u32", full_y: "u32", margin: "u32", mirrored: "u32", area_scale: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, LEVELS: 8 },
} as const satisfies KernelDefinition;

export const extremalImage = {
  ...{ name: "extremal_image", source: extremalImageSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { pyramid: "read", mask: "read", out: "read_write" },
  uniforms: { full: "u32", margin: "u32", mirrored: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, LEVELS: 8 },
} as const satisfies KernelDefinition;

export const fgvisGradient = {
  ...{ name: "fgvis_gradient", source: fgvisGradientSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gradient: "read", photo: "read", mask: "read", out: "read_write" },
  uniforms: { vectors: "u32", weight: "f32", reference_r: "f32", reference_g: "f32", reference_b: "f32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const fgvisImage = {
  ...{ name: "fgvis_image", source: fgvisImageSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { photo: "read", mask: "read", out: "read_write" },
  uniforms: { seed: "u32", iteration: "u32", noise: "f32", reference_r: "f32", reference_g: "f32", reference_b: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, STREAM: 9 },
} as const satisfies KernelDefinition;

export const fgvisStep = {
  ...{ name: "fgvis_step", source: fgvisStepSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gradient: "read", label: "read", state: "read_write" },
  uniforms: { vectors: "u32", iteration: "u32", watches: "u32", rate: "f32" },
  constants: { WORKGROUP_X: 256 },
} as const satisfies KernelDefinition;

export const fgvisUpdate = {
  ...{ name: "fgvis_update", source: fgvisUpdateSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gradient: "read", state: "read", mask: "read_write" },
  uniforms: { vectors: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const pyramid = {
  ...{ name: "pyramid", source: pyramidSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { levels: "u32", height: "u32", width: "u32", shared_image: "u32", along_y: "u32", widest: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4 },
} as const satisfies KernelDefinition;

export const reward = {
  ...{ name: "reward", source: rewardSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { logits: "read", gradient: "read_write", record: "read_write" },
  uniforms: { classes: "u32", stride: "u32", target_class: "u32", contrastive: "u32", first_iteration: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const smoothMask = {
  ...{ name: "smooth_mask", source: smoothMaskSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { parameters: "read", weights: "read", mask: "read_write", sums: "read_write" },
  uniforms: { grid_x: "u32", grid_y: "u32", full_x: "u32", full_y: "u32", first: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, STEP: 7, WINDOW: 9, TEMPERATURE: 20.0 },
} as const satisfies KernelDefinition;

export const smoothMaskStep = {
  ...{ name: "smooth_mask_step", source: smoothMaskStepSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gradient: "read", mask: "read", sums: "read", weights: "read", parameters: "read_write", velocity: "read_write" },
  uniforms: { grid_x: "u32", full_x: "u32", full_y: "u32", first: "u32", rate: "f32", keep: "f32", take: "f32" },
  constants: { WORKGROUP_X: 64, STEP: 7, WINDOW: 9, TEMPERATURE: 20.0 },
} as const satisfies KernelDefinition;
