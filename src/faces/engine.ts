/**
 * Enough to write, run and profile WebGPU kernels of one's own.
 *
 * @module relabel/engine
 */
export { type AdapterInfo, adapterName, deviceDescriptor, requestDevice } from "../engine/adapter.ts";
export { type Ceilings, measureCeilings } from "../engine/ceilings.ts";
export { checkDefinition } from "../engine/check-definition.ts";
export { Engine, type EngineOptions } from "../engine/engine.ts";
export { EngineError } from "../engine/errors.ts";
export type { BindingsOf, ConstantsOf, Kernel, UniformsOf } from "../engine/kernel.ts";
export { type Dispatch, Plan, PlanBuilder, type RunOptions, type StepHandle } from "../engine/plan.ts";
export { type Account, accountFor, alignClocks, type Profile, type Span, type Total, totalsBy } from "../engine/profile.ts";
export { profiled } from "../engine/profiled.ts";
export { pcg4d } from "../engine/random.ts";
export { Stopwatch } from "../engine/stopwatch.ts";
export { type DataType, Tensor, type TypedArray } from "../engine/tensor.ts";
export { measureProfile, traceOf } from "../engine/trace.ts";
export type { KernelDefinition, ScalarType } from "../shaders/definition.ts";
