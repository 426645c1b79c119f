/** Kernels and words for tests of calls that JavaScript can write and TypeScript refuses. */
import { expect } from "vitest";
import type { KernelDefinition } from "../../src/faces/engine.ts";
import { rejected } from "./errors.ts";

// biome-ignore lint/suspicious/noExplicitAny: what JavaScript can write, and TypeScript refuses.
export type Any = any;

/** With a uniform of each type, and bindings of several. */
export const scale = {
  name: "scale",
  source: `const SIZE: u32 = 64;
alias Weight = f32;
alias Sample = f32;
struct Shape { count: u32, first: i32, gain: f32 }
@group(0) @binding(0) var<storage> input: array<f32>;
@group(0) @binding(1) var<storage> index: array<vec4<u32>>;
@group(0) @binding(2) var<storage> table: array<Sample, 8>;
@group(0) @binding(3) var<storage, read_write> out: array<Weight>;
@group(0) @binding(4) var<uniform> shape: Shape;
@compute @workgroup_size(SIZE) fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < shape.count) { out[id.x] = Weight(shape.gain * input[id.x] * table[index[0].x]); }
}`,
  workgroup: ["SIZE"],
  bindings: { input: "read", index: "read", table: "read", out: "read_write" },
  uniforms: { count: "u32", first: "i32", gain: "f32" },
  constants: { SIZE: 64, Weight: "f32" },
} as const satisfies KernelDefinition;

/** Writes threes. */
export const fill = {
  name: "fill",
  source: `@group(0) @binding(0) var<storage, read_write> out: array<f32>;
@compute @workgroup_size(4) fn main(@builtin(global_invocation_id) id: vec3<u32>) { out[id.x] = 3.0; }`,
  workgroup: [4],
  bindings: { out: "read_write" },
  uniforms: {},
  constants: {},
} as const satisfies KernelDefinition;

/** Name, call, part of the message, code. */
export type Case = [string, () => unknown, string, string?];

/** What `work` throws or rejects with, which must be an error that says what to do next. */
export async function refusal(work: () => unknown): Promise<{ code: string; message: string; fix: string }> {
  const error = (await rejected(async () => work())) as Any;
  expect(error).toMatchObject({ name: "EngineError", message: expect.any(String), fix: expect.stringMatching(/\S\.$/) });
  expect(`${error.message} ${error.fix}`).not.toMatch(/defect|undefined is not|smaller batch/);
  return error;
}
