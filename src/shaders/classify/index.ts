/** Definitions of the kernels in src/shaders/classify. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import composeSource from "./compose.wgsl?raw";
import resizeSource from "./resize.wgsl?raw";
import resizePhotoSource from "./resize_photo.wgsl?raw";
import softmaxSource from "./softmax.wgsl?raw";
import unpackPhotoSource from "./unpack_photo.wgsl?raw";

export const compose = {
  ...{ name: "compose", source: composeSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { photo: "read", blurred: "read", decoded: "read", anchor: "read", gates: "read", inpainted: "read", out: "read_write" },
  uniforms: { samples: "u32", first_sample: "u32", fill_count: "u32", fills: "u32", mean_r: "f32", mean_g: "f32", mean_b: "f32", deviation_r: "f32", deviation_g: "f32", deviation_b: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, MODE: 3, KINDS: 15, ORDER: 0, SMALL: 64, CELL: 4, GRID: 7, GATE_STRIDE: 52 },
} as const satisfies KernelDefinition;

export const resize = {
  ...{ name: "resize", source: resizeSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { image: "read", out: "read_write" },
  uniforms: { first_line: "u32", lines: "u32", size: "u32", inner: "u32", out_size: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const resizePhoto = {
  ...{ name: "resize_photo", source: resizePhotoSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { bytes: "read", taps: "read", out: "read_write" },
  uniforms: { lines: "u32", first_line: "u32", size: "u32", inner: "u32", out_count: "u32", reach: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, FRACTION_BITS: 22, GREY: 0 },
} as const satisfies KernelDefinition;

export const softmax = {
  ...{ name: "softmax", source: softmaxSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { logits: "read", probabilities: "read_write", labels: "read_write" },
  uniforms: { rows: "u32", classes: "u32", stride: "u32", target_class: "u32", first_row: "u32", above: "u32" },
  constants: { WORKGROUP_X: 64, OUTPUTS: 0 },
} as const satisfies KernelDefinition;

export const unpackPhoto = {
  ...{ name: "unpack_photo", source: unpackPhotoSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { bytes: "read", out: "read_write" },
  uniforms: { pixels: "u32", line: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;
