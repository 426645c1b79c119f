/** Definitions of the kernels in src/shaders/perturb. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import channelExtentsSource from "./channel_extents.wgsl?raw";
import labelRangeSource from "./label_range.wgsl?raw";
import limeImagesSource from "./lime_images.wgsl?raw";
import occludeSource from "./occlude.wgsl?raw";
import occlusionMapSource from "./occlusion_map.wgsl?raw";
import pcg4dSource from "../include/pcg4d.wgsl?raw";
import riseGridsSource from "./rise_grids.wgsl?raw";
import riseImagesSource from "./rise_images.wgsl?raw";
import riseSumSource from "./rise_sum.wgsl?raw";
import scoreCamImagesSource from "./score_cam_images.wgsl?raw";
import scoreCamSumSource from "./score_cam_sum.wgsl?raw";

export const channelExtents = {
  ...{ name: "channel_extents", source: channelExtentsSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { image: "read", extents: "read_write" },
  uniforms: { height: "u32", width: "u32", channels4: "u32", out_height: "u32", out_width: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const labelRange = {
  ...{ name: "label_range", source: labelRangeSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { labels: "read", range: "read_write" },
  uniforms: { rows: "u32", first_row: "u32" },
  constants: { WORKGROUP_X: 1 },
} as const satisfies KernelDefinition;

export const limeImages = {
  ...{ name: "lime_images", source: limeImagesSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { photo: "read", segments: "read", colours: "read", out: "read_write" },
  uniforms: { samples: "u32", first_sample: "u32", seed: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224, STREAM_SEGMENTS: 7 },
} as const satisfies KernelDefinition;

export const occlude = {
  ...{ name: "occlude", source: occludeSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { photo: "read", out: "read_write" },
  uniforms: { samples: "u32", first_sample: "u32", window_x: "u32", window_y: "u32", stride_x: "u32", stride_y: "u32", across: "u32", windows: "u32", step: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const occlusionMap = {
  ...{ name: "occlusion_map", source: occlusionMapSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { labels: "read", out: "read_write" },
  uniforms: { drawn: "u32", window_x: "u32", window_y: "u32", stride_x: "u32", stride_y: "u32", across: "u32", windows: "u32", inverse: "u32" },
  constants: { WORKGROUP_X: 64, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const riseGrids = {
  ...{ name: "rise_grids", source: riseGridsSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { grids: "read_write" },
  uniforms: { samples: "u32", first_sample: "u32", seed: "u32", cells: "u32", stride4: "u32", shifts_x: "u32", shifts_y: "u32", keep: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, STREAM_CELLS: 5, STREAM_SHIFTS: 6 },
} as const satisfies KernelDefinition;

export const riseImages = {
  ...{ name: "rise_images", source: riseImagesSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { photo: "read", grids: "read", out: "read_write" },
  uniforms: { samples: "u32", cells: "u32", stride4: "u32", stretched_x: "u32", stretched_y: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const riseSum = {
  ...{ name: "rise_sum", source: riseSumSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { grids: "read", labels: "read", sum: "read_write" },
  uniforms: { samples: "u32", cells: "u32", stride4: "u32", stretched_x: "u32", stretched_y: "u32" },
  constants: { WORKGROUP_X: 64, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const scoreCamImages = {
  ...{ name: "score_cam_images", source: scoreCamImagesSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { photo: "read", features: "read", extents: "read", channels: "read", out: "read_write" },
  uniforms: { samples: "u32", first_sample: "u32", height: "u32", width: "u32", channels4: "u32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, HEIGHT: 224, WIDTH: 224 },
} as const satisfies KernelDefinition;

export const scoreCamSum = {
  ...{ name: "score_cam_sum", source: scoreCamSumSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { features: "read", channels: "read", labels: "read", sum: "read_write" },
  uniforms: { samples: "u32", first_sample: "u32", positions: "u32", channels4: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;
