/** Refuses dispatches of kernels of one's own that WebGPU would refuse late and without names, or run as something else. */
import { checkForm } from "../check-definition.ts";
import type { Dispatch } from "../dispatch.ts";
import type { Engine } from "../engine.ts";
import { EngineError } from "../errors.ts";
import type { ConstantsOf, KernelDefinition } from "../kernel.ts";
import { workgroupSize } from "../specialise.ts";
import { Tensor } from "../tensor.ts";
import { ensure, given, isObject, isWhole, refuse } from "./arguments.ts";
import { ensureElementTypes } from "./element-types.ts";

const OPTIONS = ["label", "bindings", "uniforms", "constants", "threads", "flops"] satisfies (keyof Dispatch<KernelDefinition>)[];
const AXES = ["X", "Y", "Z"] as const;
const LARGEST_F32 = (2 - 2 ** -23) * 2 ** 127;

/** Names what it refuses by the kernel. */
class Dispatched {
  constructor(readonly definition: KernelDefinition) {}

  refuse(what: string, fix: string, code?: string): never {
    refuse(`Dispatch of ${this.definition.name}: ${what}`, fix, code);
  }

  /** Throws where a record has a name that the definition lacks. */
  known(kind: string, values: object, known: object): void {
    const unknown = Object.keys(values).find((name) => !Object.hasOwn(known, name));
    if (unknown !== undefined) {
      this.refuse(`the kernel has no ${kind} ${given(unknown)}`, `It has: ${Object.keys(known).join(", ") || "none"}.`);
    }
  }

  record(name: string, value: unknown): Record<string, unknown> {
    if (!isObject(value)) this.refuse(`${name} is ${given(value)}`, `Give an object: { ${name}: { ... } }.`);
    return value;
  }
}

/** Throws INVALID for a definition or dispatch that cannot be, LIMIT for one that the adapter cannot run. */
export function ensureDispatch(
  engine: Engine,
  definition: KernelDefinition,
  dispatch: Dispatch<KernelDefinition>,
  own: ReadonlySet<Tensor>,
): void {
  const form =
    "Give the definition that `relabel reflect` wrote, then the dispatch: dispatch(definition, { bindings, uniforms, threads }).";
  ensure(isObject(definition), "A dispatch's definition is", definition, form);
  checkForm(definition);
  const at = new Dispatched(definition);
  if (!isObject(dispatch)) at.refuse(`it is ${given(dispatch)}`, "Give an object second: { bindings, uniforms, threads }.");
  const { label = "", bindings, uniforms = {}, constants = {}, threads, flops = 0 } = dispatch;
  at.known("option", dispatch, Object.fromEntries(OPTIONS.map((name) => [name, 0])));
  if (typeof label !== "string") at.refuse(`its label is ${given(label)}`, "Give a string.");
  ensureBindings(at, engine, at.record("bindings", bindings), own);
  ensureUniforms(definition, at.record("uniforms", uniforms));
  ensureConstants(at, engine, at.record("constants", constants));
  ensureGrid(at, engine, constants, threads);
  if (!(typeof flops === "number" && flops >= 0 && Number.isFinite(flops))) {
    at.refuse(`flops is ${given(flops)}`, "Give the number of floating-point operations, or nothing.");
  }
  ensureElementTypes(definition, constants, bindings as Record<string, Tensor>, engine.nothing);
}

/** `own`: temporaries of the builder, which have no buffer yet. */
function ensureBindings(at: Dispatched, engine: Engine, bindings: Record<string, unknown>, own: ReadonlySet<Tensor>): void {
  at.known("binding", bindings, at.definition.bindings);
  for (const name of Object.keys(at.definition.bindings)) {
    const tensor = bindings[name];
    const fix = "Give a tensor of engine.tensor(...), or a temporary of this builder.";
    if (!(tensor instanceof Tensor)) {
      at.refuse(tensor === undefined ? `binding "${name}" is missing` : `binding "${name}" is no tensor, but ${given(tensor)}`, fix);
    }
    if (tensor.host !== engine) at.refuse(`binding "${name}" is tensor "${tensor.label}", which another engine made`, fix);
    // Throws DISPOSED, and INVALID for a temporary of a plan that is not compiled.
    if (!own.has(tensor)) void tensor.buffer;
  }
}

/** Throws INVALID where a uniform is not the definition's, missing, or no value of its type. `some`: those that are not given stay. */
export function ensureUniforms(definition: KernelDefinition, values: Record<string, unknown>, some = false): void {
  const at = new Dispatched(definition);
  at.known("uniform", values, definition.uniforms);
  for (const [name, type] of Object.entries(definition.uniforms)) {
    const value = values[name];
    if (some && !Object.hasOwn(values, name)) continue;
    const holds = {
      u32: isWhole(value, 0, 2 ** 32 - 1),
      i32: isWhole(value, -(2 ** 31), 2 ** 31 - 1),
      f32: typeof value === "number" && (Math.abs(value) <= LARGEST_F32 || Math.abs(value) === Number.POSITIVE_INFINITY),
    };
    if (holds[type]) continue;
    const kinds = { u32: "a whole number from 0 to 2 ** 32 - 1", i32: "a whole number from -(2 ** 31) to 2 ** 31 - 1", f32: "a number" };
    at.refuse(
      value === undefined ? `uniform "${name}" is missing` : `uniform "${name}" is ${given(value)}`,
      `Give it ${kinds[type]}: it is ${type}.`,
    );
  }
}

function ensureConstants(at: Dispatched, engine: Engine, constants: Record<string, unknown>): void {
  const { definition } = at;
  at.known("constant", constants, definition.constants);
  for (const [name, value] of Object.entries(constants)) {
    const what = `constant ${name} is ${given(value)}`;
    if (typeof definition.constants[name] === "number") {
      if (!Number.isFinite(value)) at.refuse(what, "Give it a number.");
    } else if (value !== "f32" && value !== "f16") at.refuse(what, 'Give it "f32" or "f16".');
    else if (value === "f16" && !engine.device.features.has("shader-f16")) {
      at.refuse(`${what}, and this device has no shader-f16`, 'Give it "f32", or request the feature (deviceDescriptor does).', "LIMIT");
    }
  }
}

function ensureGrid(at: Dispatched, engine: Engine, constants: Record<string, unknown>, threads: unknown): void {
  const { limits } = engine.device;
  const { definition } = at;
  const size = workgroupSize(definition, constants as ConstantsOf<KernelDefinition>);
  definition.workgroup.forEach((name, axis) => {
    if (!isWhole(size[axis], 1))
      at.refuse(`its workgroup's size ${name} is ${given(size[axis])}`, "Give the constant a whole number from 1 on.");
  });
  const most = AXES.map((axis) => limits[`maxComputeWorkgroupSize${axis}`]);
  const invocations = size.reduce((product, extent) => product * extent);
  if (size.some((extent, axis) => extent > (most[axis] as number)) || invocations > limits.maxComputeInvocationsPerWorkgroup) {
    const what = `its workgroup of ${size.join(" x ")} has ${invocations} invocations, and this adapter allows ${most.join(" x ")}`;
    at.refuse(`${what} and ${limits.maxComputeInvocationsPerWorkgroup} in all`, "Give its constants smaller numbers.", "LIMIT");
  }
  const list = typeof threads === "number" ? `threads: [${threads}]` : "threads: [x], [x, y] or [x, y, z]";
  if (!Array.isArray(threads) || threads.length < 1 || threads.length > 3 || !Array.from(threads).every((count) => isWhole(count, 1))) {
    at.refuse(`threads is ${given(threads)}`, `Give a list of one to three whole numbers from 1 on: ${list}.`);
  }
  const allowed = limits.maxComputeWorkgroupsPerDimension;
  threads.forEach((count: number, axis) => {
    const extent = size[axis] as number;
    const groups = Math.ceil(count / extent);
    if (groups <= allowed) return;
    const what = `${count} threads in ${"xyz"[axis]} are ${groups} workgroups of ${extent}, and this adapter allows ${allowed} a side`;
    const fix = `Give at most ${allowed * extent} there, spread the others over ${"xyz"
      .replace("xyz"[axis] as string, "")
      .split("")
      .join(" and ")}, and let the kernel reckon its index from all of them.`;
    throw new EngineError("LIMIT", `Dispatch of ${definition.name}: ${what}.`, fix);
  });
}
