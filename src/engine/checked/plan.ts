/** Plans and their builder for kernels of one's own: they refuse wrong arguments. */
import type { Engine as UncheckedEngine } from "../engine.ts";
import type { KernelDefinition, UniformsOf } from "../kernel.ts";
import { type Dispatch, type RunOptions, type StepHandle, PlanBuilder as UncheckedBuilder, Plan as UncheckedPlan } from "../plan.ts";
import type { DataType, Tensor as UncheckedTensor } from "../tensor.ts";
import { ensure, ensureKnown, ensureText, isObject, nameClass, refuse } from "./arguments.ts";
import { ensureDispatch, ensureUniforms } from "./dispatch.ts";
import { ensureEngine } from "./engine.ts";
import type { Tensor } from "./tensor.ts";

/** Handles, by the builder that gave them out. */
const handles = new WeakMap<object, UncheckedBuilder>();

/** Dispatches compiled once; `run` makes no GPU object but its command buffers. */
export class Plan extends UncheckedPlan {
  readonly #builder: UncheckedBuilder;
  /** All that it binds and does not own. */
  readonly #bound: readonly UncheckedTensor[];
  readonly #length: number;

  /** Builders make plans: `await builder.compile()`. Throws INVALID. */
  constructor(builder: UncheckedBuilder, bound: readonly UncheckedTensor[], ...compiled: ConstructorParameters<typeof UncheckedPlan>) {
    ensure(
      builder instanceof UncheckedBuilder && Array.isArray(compiled[2]),
      "`new Plan` is given",
      builder,
      "Make plans by `await builder.compile()`.",
    );
    super(...compiled);
    this.#builder = builder;
    this.#bound = bound;
    this.#length = compiled[2].length;
  }

  override set<D extends KernelDefinition>(step: StepHandle<D>, uniforms: Partial<UniformsOf<D>>): void {
    const fix = "Give what `dispatch` of this plan's builder returned, before it was compiled.";
    ensure(isObject(step) && handles.get(step) === this.#builder, `The dispatch of plan "${this.label}" to change is`, step, fix);
    ensure(isObject(uniforms), `The uniforms of plan "${this.label}" to change are`, uniforms, "Give an object: { name: value }.");
    if (step.index >= this.#length) refuse(`Plan "${this.label}" was compiled before that dispatch`, fix);
    ensureUniforms(step.definition, uniforms, true);
    super.set(step, uniforms);
  }

  override async run(options: RunOptions = {}): Promise<void> {
    ensureRunOptions(`plan "${this.label}"`, options);
    // Throws DISPOSED: the GPU would tell it late, and of another plan.
    for (const tensor of this.#bound) void tensor.buffer;
    return super.run(options);
  }

  override encode(pass: GPUComputePassEncoder): void {
    const fix = "Give a GPUComputePassEncoder.";
    ensure(typeof pass?.dispatchWorkgroups === "function", `Plan "${this.label}" is recorded into`, pass, fix);
    for (const tensor of this.#bound) void tensor.buffer;
    super.encode(pass);
  }
}

nameClass(Plan, "Plan");

/** Records dispatches in order; `compile` turns them into a Plan. Every method throws INVALID for an argument that it cannot take. */
export class PlanBuilder extends UncheckedBuilder {
  readonly #own = new Set<UncheckedTensor>();
  readonly #bound = new Set<UncheckedTensor>();

  constructor(engine: UncheckedEngine, label: string) {
    ensureEngine("A plan's engine is", engine);
    ensureText("A plan's label is", label, 'Give a string second: new PlanBuilder(engine, "blur").');
    super(engine, label);
  }

  override temporary(label: string, shape: readonly number[], type?: DataType): Tensor {
    const tensor = super.temporary(label, shape, type);
    this.#own.add(tensor);
    return tensor;
  }

  override dispatch<D extends KernelDefinition>(definition: D, dispatch: Dispatch<D>): StepHandle<D> {
    // The package's own kernels are dispatched by its own code, as where a net is appended.
    if (!definition?.checked) ensureDispatch(this.engine, definition, dispatch as Dispatch<KernelDefinition>, this.#own);
    // What changes in the caller's objects afterwards is not of this dispatch.
    const bindings = { ...dispatch.bindings };
    const handle = super.dispatch(definition, { ...dispatch, bindings, constants: { ...dispatch.constants } });
    handles.set(handle, this);
    for (const tensor of Object.values<UncheckedTensor>(bindings)) if (!this.#own.has(tensor)) this.#bound.add(tensor);
    return handle;
  }

  override async compile(): Promise<Plan> {
    return (await super.compile()) as Plan;
  }

  protected override newPlan(...compiled: ConstructorParameters<typeof UncheckedPlan>): Plan {
    return new Plan(this, [...this.#bound], ...compiled);
  }

  override async once(options: RunOptions = {}): Promise<void> {
    ensureRunOptions(`plan "${this.label}"`, options);
    return super.once(options);
  }

  override async submit(options: RunOptions = {}): Promise<void> {
    ensureRunOptions(`plan "${this.label}"`, options);
    return super.submit(options);
  }

  /** Tells in JavaScript what TypeScript refuses. */
  run(this: never): never {
    refuse("A builder of plans cannot run", "Compile it first: const plan = await builder.compile(); await plan.run(). Or builder.once().");
  }
}

nameClass(PlanBuilder, "PlanBuilder");

function ensureRunOptions(what: string, options: RunOptions): void {
  ensure(isObject(options), `The options of ${what} are`, options, "Give an object, or nothing: run({ signal }).");
  ensureKnown(`A run of ${what} has`, options, ["signal"]);
  const { signal } = options;
  const fix = "Give an AbortSignal: new AbortController().signal.";
  if (signal !== undefined) ensure(typeof signal?.aborted === "boolean", `The signal of ${what} is`, signal, fix);
}
