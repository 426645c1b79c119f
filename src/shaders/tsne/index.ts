/** Definitions of the kernels in src/shaders/tsne. Written by `npm run reflect` from the .wgsl files; do not edit. */
import type { KernelDefinition } from "../definition.ts";
import squaredDistancesSource from "./squared_distances.wgsl?raw";
import tsneAffinitiesSource from "./tsne_affinities.wgsl?raw";
import tsneBandwidthsSource from "./tsne_bandwidths.wgsl?raw";
import tsneForcesSource from "./tsne_forces.wgsl?raw";
import tsneStepSource from "./tsne_step.wgsl?raw";

export const squaredDistances = {
  ...{ name: "squared_distances", source: squaredDistancesSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { gram: "read", out: "read_write" },
  uniforms: { rows: "u32", stride4: "u32" },
  constants: { WORKGROUP_X: 64 },
} as const satisfies KernelDefinition;

export const tsneAffinities = {
  ...{ name: "tsne_affinities", source: tsneAffinitiesSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { distances: "read", bandwidths: "read", out: "read_write" },
  uniforms: { points: "u32", stride4: "u32" },
  constants: { WORKGROUP_X: 64, LEAST: 2.220446e-16 },
} as const satisfies KernelDefinition;

export const tsneBandwidths = {
  ...{ name: "tsne_bandwidths", source: tsneBandwidthsSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { distances: "read", bandwidths: "read_write" },
  uniforms: { points: "u32", stride: "u32", perplexity: "f32" },
  constants: { WORKGROUP_X: 16, STEPS: 64, TOLERANCE: 1e-5 },
} as const satisfies KernelDefinition;

export const tsneForces = {
  ...{ name: "tsne_forces", source: tsneForcesSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { affinities: "read", positions: "read", forces: "read_write" },
  uniforms: { stride4: "u32", slice4: "u32" },
  constants: { WORKGROUP_X: 16 },
} as const satisfies KernelDefinition;

export const tsneStep = {
  ...{ name: "tsne_step", source: tsneStepSource, workgroup: ["WORKGROUP_X"], checked: true },
  bindings: { forces: "read", positions: "read_write", motion: "read_write" },
  uniforms: { points: "u32", stride4: "u32", slices: "u32", exaggeration: "f32", momentum: "f32", rate: "f32" },
  constants: { WORKGROUP_X: 64, LEAST_GAIN: 0.01 },
} as const satisfies KernelDefinition;
