/** Definitions of the kernels in src/shaders/relabel. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import appendLabelsSource from "./append_labels.wgsl?raw";
import backSubstitutionSource from "./back_substitution.wgsl?raw";
import centerSource from "./center.wgsl?raw";
import choleskyDiagonalSource from "./cholesky_diagonal.wgsl?raw";
import choleskyPanelSource from "./cholesky_panel.wgsl?raw";
import choleskyUpdateSource from "./cholesky_update.wgsl?raw";
import combineSource from "./combine.wgsl?raw";
import correlationSource from "./correlation.wgsl?raw";
import deviationSource from "./deviation.wgsl?raw";
import evidenceSource from "./evidence.wgsl?raw";
import gateFeaturesSource from "./gate_features.wgsl?raw";
import gateSumsSource from "./gate_sums.wgsl?raw";
import gatesSource from "./gates.wgsl?raw";
import gramSource from "./gram.wgsl?raw";
import inpaintSource from "./inpaint.wgsl?raw";
import keptPartSource from "./kept_part.wgsl?raw";
import momentsSource from "./moments.wgsl?raw";
import pcg4dSource from "../include/pcg4d.wgsl?raw";
import pixelFeaturesSource from "./pixel_features.wgsl?raw";
import ridgeSystemSource from "./ridge_system.wgsl?raw";
import saliencySource from "./saliency.wgsl?raw";
import sampleLatentSource from "./sample_latent.wgsl?raw";
import scoreSource from "./score.wgsl?raw";
import smoothSystemSource from "./smooth_system.wgsl?raw";
import studentDualSource from "./student_dual.wgsl?raw";
import studentPrimalSource from "./student_primal.wgsl?raw";
import thumbnailsSource from "./thumbnails.wgsl?raw";
import tridiagonalSource from "./tridiagonal.wgsl?raw";

export const appendLabels = {
  ...{ name: "append_labels", source: appendLabelsSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { labels: "read", features: "read_write" },
  uniforms: { rows: "u32", first_row: "u32", stride: "u32", column: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const backSubstitution = {
  ...{ name: "back_substitution", source: backSubstitutionSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { matrix: "read", x: "read_write" },
  uniforms: { unknowns: "u32", padded: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const center = {
  ...{ name: "center", source: centerSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { x: "read_write" },
  uniforms: { rows: "u32", columns4: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const choleskyDiagonal = {
  ...{ name: "cholesky_diagonal", source: choleskyDiagonalSource, workgroup: ["BLOCK"], checked: true },
  bindings: { matrices: "read_write" },
  uniforms: { size: "u32", start: "u32" },
  constants: { BLOCK: 32 },
} as const satisfies KernelDefinition;

export const choleskyPanel = {
  ...{ name: "cholesky_panel", source: choleskyPanelSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { matrices: "read_write" },
  uniforms: { size: "u32", start: "u32" },
  constants: { BLOCK: 32, WORKGROUP_X: 32 },
} as const satisfies KernelDefinition;

export const choleskyUpdate = {
  ...{ name: "cholesky_update", source: choleskyUpdateSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { matrices: "read_write" },
  uniforms: { size: "u32", start: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, BLOCK: 32 },
} as const satisfies KernelDefinition;

export const combine = {
  ...{ name: "combine", source: combineSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { x: "read", coefficients: "read", w: "read_write" },
  uniforms: { rows: "u32", columns4: "u32", stride: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const correlation = {
  ...{ name: "correlation", source: correlationSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { sums: "read", w: "read_write" },
  uniforms: { cells4: "u32", samples: "u32", halves: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const deviation = {
  ...{ name: "deviation", source: deviationSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { logvar: "read", out: "read_write" },
  uniforms: { vectors: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const evidence = {
  ...{ name: "evidence", source: evidenceSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { bands: "read", ratios: "read", choice: "read_write" },
  uniforms: { candidates: "u32", features: "u32", width: "u32", samples: "u32" },
  constants: { WORKGROUP_X: 32 },
} as const satisfies KernelDefinition;

export const gateFeatures = {
  ...{ name: "gate_features", source: gateFeaturesSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gates: "read", out: "read_write" },
  uniforms: { samples: "u32", cells: "u32", first_row: "u32" },
  constants: { WORKGROUP_X: 64, SIZE: 224, GRID: 7, GATE_STRIDE: 52 },
} as const satisfies KernelDefinition;

export const gateSums = {
  ...{ name: "gate_sums", source: gateSumsSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { features: "read", labels: "read", sums: "read_write" },
  uniforms: { rows: "u32", cells4: "u32", first_row: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const gates = {
  ...{ name: "gates", source: gatesSource + pcg4dSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { gates: "read_write" },
  uniforms: { samples: "u32", first_sample: "u32", seed: "u32", balanced: "u32", keep: "f32" },
  constants: { WORKGROUP_X: 16, WORKGROUP_Y: 4, STREAM_CELLS: 2, STREAM_SHIFTS: 3, CELLS: 49 },
} as const satisfies KernelDefinition;

export const gram = {
  ...{ name: "gram", source: gramSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { x: "read", gram: "read_write" },
  uniforms: { rows: "u32", inner4: "u32", stride4: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const inpaint = {
  ...{ name: "inpaint", source: inpaintSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { near: "read", wide: "read", out: "read_write" },
  uniforms: { vectors: "u32", wide_weight: "f32", mean_weight: "f32", mean_r: "f32", mean_g: "f32", mean_b: "f32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const keptPart = {
  ...{ name: "kept_part", source: keptPartSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { photo: "read", gates: "read", out: "read_write" },
  uniforms: { samples: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8, HEIGHT: 224, WIDTH: 224, CELL: 4, GRID: 7, GATE_STRIDE: 52 },
} as const satisfies KernelDefinition;

export const moments = {
  ...{ name: "moments", source: momentsSource, workgroup: ["WORKGROUP_X", "WORKGROUP_Y"], checked: true },
  bindings: { x: "read", moments: "read_write" },
  uniforms: { rows: "u32", columns4: "u32", first_row: "u32" },
  constants: { WORKGROUP_X: 8, WORKGROUP_Y: 8 },
} as const satisfies KernelDefinition;

export const pixelFeatures = {
  ...{ name: "pixel_features", source: pixelFeaturesSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { decoded: "read", base: "read", anchor: "read", out: "read_write" },
  uniforms: { samples: "u32", first_row: "u32", pixels: "u32", residual: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const ridgeSystem = {
  ...{ name: "ridge_system", source: ridgeSystemSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gram: "read", labels: "read", system: "read_write" },
  uniforms: { samples: "u32", stride: "u32", padded: "u32", lambda: "f32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const saliency = {
  ...{ name: "saliency", source: saliencySource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { w: "read", out: "read_write" },
  uniforms: { cells: "u32", channels: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const sampleLatent = {
  ...{ name: "sample_latent", source: sampleLatentSource + pcg4dSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { center: "read", scale: "read", z: "read_write" },
  uniforms: { samples: "u32", latent4: "u32", first_sample: "u32", seed: "u32", strength: "f32" },
  constants: { WORKGROUP_X: 64, STREAM: 1 },
} as const satisfies KernelDefinition;

export const score = {
  ...{ name: "score", source: scoreSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { x: "read", w: "read", scores: "read_write" },
  uniforms: { rows: "u32", columns4: "u32", first_row: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const smoothSystem = {
  ...{ name: "smooth_system", source: smoothSystemSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { moments: "read", ratio: "read", system: "read_write" },
  uniforms: { features: "u32", stride: "u32", padded: "u32", halves: "u32" },
  constants: { WORKGROUP_X: 64, ROWS: 8 },
} as const satisfies KernelDefinition;

export const studentDual = {
  ...{ name: "student_dual", source: studentDualSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gram: "read", labels: "read", order: "read", state: "read_write" },
  uniforms: { samples: "u32", stride: "u32", minibatch: "u32", epochs: "u32", rate: "f32", momentum: "f32", loss: "u32", soft: "f32", hard: "f32" },
  constants: { WORKGROUP_X: 256, MINIBATCH: 64 },
} as const satisfies KernelDefinition;

export const studentPrimal = {
  ...{ name: "student_primal", source: studentPrimalSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { x: "read", labels: "read", order: "read", state: "read_write" },
  uniforms: { samples: "u32", columns4: "u32", minibatch: "u32", epoch: "u32", rate: "f32", momentum: "f32", loss: "u32", soft: "f32", hard: "f32" },
  constants: { WORKGROUP_X: 256, MINIBATCH: 64 },
} as const satisfies KernelDefinition;

export const thumbnails = {
  ...{ name: "thumbnails", source: thumbnailsSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { images: "read", out: "read_write" },
  uniforms: { samples: "u32", first_row: "u32", pixels: "u32", mean_r: "f32", mean_g: "f32", mean_b: "f32", deviation_r: "f32", deviation_g: "f32", deviation_b: "f32" },
  constants: { WORKGROUP_X: 64, ORDER: 0 },
} as const satisfies KernelDefinition;

export const tridiagonal = {
  ...{ name: "tridiagonal", source: tridiagonalSource, workgroup: ["LANES", "PHASES"], checked: true },
  bindings: { matrix: "read_write", bands: "read_write" },
  uniforms: { unknowns: "u32", stride4: "u32" },
  constants: { LANES: 64, PHASES: 4, SIZE: 448 },
} as const satisfies KernelDefinition;
