/**
 * Enough to write, run and profile WebGPU kernels of one's own.
 *
 * @module relabel/engine
 */
export { type AdapterInfo, requestDevice } from "../engine/adapter.ts";
export type { Ceilings } from "../engine/ceilings.ts";
export { checkDefinition } from "../engine/check-definition.ts";
export { adapterName, deviceDescriptor, pcg4d } from "../engine/checked/adapter.ts";
export { Engine } from "../engine/checked/engine.ts";
export { Plan, PlanBuilder } from "../engine/checked/plan.ts";
export {
  accountFor,
  alignClocks,
  measureCeilings,
  measureProfile,
  profiled,
  profileFile,
  replaySums,
  Stopwatch,
  totalsBy,
  traceOf,
} from "../engine/checked/profile.ts";
export { Tensor } from "../engine/checked/tensor.ts";
export type { EngineOptions } from "../engine/engine.ts";
export { EngineError } from "../engine/errors.ts";
export type { BindingsOf, ConstantsOf, Kernel, UniformsOf } from "../engine/kernel.ts";
export type { Dispatch, RunOptions, StepHandle } from "../engine/plan.ts";
export type { Account, Profile, Span, Total } from "../engine/profile.ts";
export type { ProfileAbout, ProfileFile } from "../engine/profile-file.ts";
export type { DataType, TypedArray } from "../engine/tensor.ts";
export type { KernelDefinition, ScalarType } from "../shaders/definition.ts";
