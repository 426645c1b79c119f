/** Definitions of the kernels in src/shaders/evaluate. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import convolveAxisSource from "./convolve_axis.wgsl?raw";
import hideRectanglesSource from "./hide_rectangles.wgsl?raw";
import imputeApplySource from "./impute_apply.wgsl?raw";
import imputeDotSource from "./impute_dot.wgsl?raw";
import imputeNoiseSource from "./impute_noise.wgsl?raw";
import imputeStartSource from "./impute_start.wgsl?raw";
import imputeStepSource from "./impute_step.wgsl?raw";
import imputeTurnSource from "./impute_turn.wgsl?raw";
import jitterPhotoSource from "./jitter_photo.wgsl?raw";
import pcg4dSource from "../include/pcg4d.wgsl?raw";
import replacePixelsSource from "./replace_pixels.wgsl?raw";
import selectRankSource from "./select_rank.wgsl?raw";

export const convolveAxis = {
  ...{ name: "convolve_axis", source: convolveAxisSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", taps: "read", out: "read_write" },
  uniforms: { lines: "u32", size: "u32", inner: "u32", reach: "u32", border: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const hideRectangles = {
  ...{ name: "hide_rectangles", source: hideRectanglesSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { photo: "read", images: "read", rectangles: "read", out: "read_write" },
  uniforms: { samples: "u32", first_sample: "u32", rectangles: "u32", fills: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const imputeApply = {
  ...{ name: "impute_apply", source: imputeApplySource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { ranks: "read", jobs: "read", direction: "read", product: "read_write" },
  uniforms: { images: "u32", first_job: "u32", jobs: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const imputeDot = {
  ...{ name: "impute_dot", source: imputeDotSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { a: "read", b: "read", dots: "read_write" },
  uniforms: { images: "u32", pixels: "u32", slot: "u32" },
  constants: { WORKGROUP_X: 256 },
} as const satisfies KernelDefinition;

export const imputeNoise = {
  ...{ name: "impute_noise", source: imputeNoiseSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { ranks: "read", jobs: "read", x: "read_write" },
  uniforms: { images: "u32", first_job: "u32", jobs: "u32", seed: "u32", deviation: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, STREAM_IMPUTED: 21, TURN: 6.283185307179586 },
} as const satisfies KernelDefinition;

export const imputeStart = {
  ...{ name: "impute_start", source: imputeStartSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { ranks: "read", jobs: "read", photo: "read", x: "read_write", residual: "read_write", direction: "read_write" },
  uniforms: { images: "u32", first_job: "u32", jobs: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const imputeStep = {
  ...{ name: "impute_step", source: imputeStepSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { direction: "read", product: "read", dots: "read", x: "read_write", residual: "read_write" },
  uniforms: { images: "u32", pixels: "u32", old: "u32", curvature: "u32" },
  constants: { WORKGROUP_X: 64, SOLVED: 1e-24 },
} as const satisfies KernelDefinition;

export const imputeTurn = {
  ...{ name: "impute_turn", source: imputeTurnSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { residual: "read", dots: "read", direction: "read_write" },
  uniforms: { images: "u32", pixels: "u32", fresh: "u32", old: "u32" },
  constants: { WORKGROUP_X: 64, SOLVED: 1e-24 },
} as const satisfies KernelDefinition;

export const jitterPhoto = {
  ...{ name: "jitter_photo", source: jitterPhotoSource + pcg4dSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { photo: "read", out: "read_write" },
  uniforms: { seed: "u32", sample: "u32", radius_r: "f32", radius_g: "f32", radius_b: "f32" },
  constants: { WORKGROUP_X: 64, HEIGHT: 224, WIDTH: 224, GREY: 0, STREAM_JITTER: 22 },
} as const satisfies KernelDefinition;

export const replacePixels = {
  ...{ name: "replace_pixels", source: replacePixelsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { ranks: "read", photo: "read", images: "read", jobs: "read", out: "read_write" },
  uniforms: { samples: "u32", first_job: "u32", jobs: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const selectRank = {
  ...{ name: "select_rank", source: selectRankSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { values: "read", found: "read_write" },
  uniforms: { count: "u32", rank: "u32" },
  constants: { WORKGROUP_X: 256, BITS: 8, RADIX: 256 },
} as const satisfies KernelDefinition;
