/** Dispatches in order: recorded by a builder, compiled once, run any number of times. */
import { checkDispatch } from "./check-dispatch.ts";
import type { Dispatch, Step, StepHandle } from "./dispatch.ts";
import type { Engine } from "./engine.ts";
import { EngineError, throwIfAborted } from "./errors.ts";
import { type Kernel, type KernelDefinition, type UniformsOf, uniformBytes, writeUniforms } from "./kernel.ts";
import { type Assignment, assignSlots, type Lifetime } from "./liveness.ts";
import { withTypesOf, workgroupSize } from "./specialise.ts";
import { type DataType, roundUp, type Tensor } from "./tensor.ts";

export type { Dispatch, StepHandle };

/** Records dispatches in order; `compile` turns them into a Plan. */
export class PlanBuilder {
  readonly #steps: Step[] = [];
  readonly #virtual: Tensor[] = [];

  constructor(
    readonly engine: Engine,
    readonly label: string,
  ) {}

  /** A tensor that lives only inside the plan; its buffer is shared with others that never live at the same time. */
  temporary(label: string, shape: readonly number[], type: DataType = "f32"): Tensor {
    const tensor = this.engine.newTensor(label, shape, type);
    this.#virtual.push(tensor);
    return tensor;
  }

  /**
   * Appends a dispatch; names of element types in the kernel's WGSL are those of its tensors. Throws INVALID where one tensor would be read and
   * written at once, or is of a type that the kernel does not take.
   */
  dispatch<D extends KernelDefinition>(definition: D, dispatch: Dispatch<D>): StepHandle<D> {
    const bindings = dispatch.bindings as Record<string, Tensor>;
    checkDispatch(definition, bindings, dispatch.threads);
    const size = workgroupSize(definition, dispatch.constants);
    const groups = size.map((extent, axis) => Math.ceil((dispatch.threads[axis] ?? 1) / extent)) as [number, number, number];
    const limit = this.engine.device.limits.maxComputeWorkgroupsPerDimension;
    if (!groups.every((count) => count >= 1 && count <= limit)) {
      throw new EngineError(
        "LIMIT",
        `${definition.name} needs a grid of ${groups}, and this adapter allows 1 to ${limit} a side.`,
        "Use a smaller batch.",
      );
    }
    const threads = dispatch.threads.reduce<number>((product, count) => product * (count ?? 1), 1);
    this.#steps.push({
      label: dispatch.label ?? definition.name,
      definition,
      constants: withTypesOf(definition, dispatch.constants ?? {}, bindings, this.engine.nothing),
      bindings,
      uniforms: { ...dispatch.uniforms },
      groups,
      flops: dispatch.flops ?? threads,
      bytes: [...new Set(Object.values(bindings))].reduce((sum, tensor) => sum + tensor.bytes, 0),
    });
    return { index: this.#steps.length - 1, definition };
  }

  /** Compiles every pipeline, places the temporaries, builds bind groups and uniforms. Throws OUT_OF_MEMORY, LIMIT, INVALID. */
  async compile(): Promise<Plan> {
    const { engine } = this;
    return engine.wait("compile", () =>
      engine.guard(async () => {
        const kernels = engine.work("compile", () => this.#steps.map((step) => engine.kernels.get(step.definition, step.constants)));
        const compiled = await Promise.all(kernels);
        return engine.work("compile", () => engine.attempt(`plan "${this.label}"`, () => this.#build(compiled)));
      }),
    );
  }

  #build(kernels: readonly Kernel[]): Plan {
    const { engine } = this;
    const slots = this.#place();
    const stride = this.#stride;
    const uniforms = engine.allocate(
      `${this.label} uniforms`,
      stride * Math.max(1, this.#steps.length),
      GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
    );
    const steps = this.#steps.map((step, index) => {
      const { pipeline, layout, definition } = kernels[index] as Kernel;
      const resources = resourcesOf(step, { buffer: uniforms, offset: index * stride, size: roundUp(uniformBytes(definition), 16) });
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      const group = engine.device.createBindGroup({ label: step.label, layout, entries });
      return { ...step, uniforms: { ...step.uniforms }, pipeline, resources, group };
    });
    return this.newPlan(engine, this.label, steps, uniforms, stride, slots);
  }

  /** The plan of what was compiled. */
  protected newPlan(...compiled: ConstructorParameters<typeof Plan>): Plan {
    return new Plan(...compiled);
  }

  /** Compiles, runs once, waits for the results and frees the plan. Throws what compiling and running throw. */
  once(options: RunOptions = {}): Promise<void> {
    return this.#runOnce(options, () => this.engine.finish());
  }

  /** As `once`, but waits for no results: the queue keeps the order of what is submitted and written. */
  submit(options: RunOptions = {}): Promise<void> {
    return this.#runOnce(options, async () => {});
  }

  async #runOnce(options: RunOptions, wait: () => Promise<void>): Promise<void> {
    const plan = await this.compile();
    try {
      await plan.run(options);
      await wait();
    } finally {
      plan.dispose();
    }
  }

  /** Bytes between the uniforms of two steps. */
  get #stride(): number {
    const largest = Math.max(16, ...this.#steps.map((step) => uniformBytes(step.definition)));
    return roundUp(largest, this.engine.device.limits.minUniformBufferOffsetAlignment);
  }

  /** What compiling would allocate, in bytes: all buffers together, and the largest of them. */
  get memory(): { bytes: number; largest: number } {
    const { sizes } = this.#assign();
    const bytes = sizes.reduce((sum, size) => sum + size, this.#stride * Math.max(1, this.#steps.length));
    return { bytes, largest: Math.max(0, ...sizes) };
  }

  /** Shares slots out among the temporaries. */
  #assign(): Assignment & { tensors: Tensor[] } {
    const lifetimes = new Map<Tensor, Lifetime>();
    this.#steps.forEach((step, index) => {
      for (const tensor of Object.values(step.bindings)) {
        if (!this.#virtual.includes(tensor)) continue;
        const lifetime = lifetimes.get(tensor);
        if (lifetime) lifetime.last = index;
        else lifetimes.set(tensor, { first: index, last: index, bytes: tensor.bytes });
      }
    });
    return { ...assignSlots([...lifetimes.values()]), tensors: [...lifetimes.keys()] };
  }

  /** Gives every temporary its buffer; returns the buffers made. */
  #place(): GPUBuffer[] {
    const { slots, sizes, tensors } = this.#assign();
    const buffers = sizes.map((bytes, slot) => this.engine.buffer(`${this.label} slot ${slot}`, bytes));
    tensors.forEach((tensor, index) => {
      tensor.place(buffers[slots[index] as number] as GPUBuffer);
    });
    return buffers;
  }
}

type CompiledStep = Step & { pipeline: GPUComputePipeline; resources: readonly GPUBufferBinding[]; group: GPUBindGroup };

/** How a run of a plan can be stopped. */
export interface RunOptions {
  signal?: AbortSignal | undefined;
}

function record(pass: GPUComputePassEncoder, { pipeline, group, groups }: CompiledStep): void {
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, group);
  pass.dispatchWorkgroups(...groups);
}

/** What a dispatch binds, by the numbers of its kernel's bindings. */
function resourcesOf({ definition, bindings }: Step, uniforms: GPUBufferBinding): GPUBufferBinding[] {
  const storage = Object.keys(definition.bindings).map((name) => ({ buffer: (bindings[name] as Tensor).buffer }));
  return uniformBytes(definition) > 0 ? [...storage, uniforms] : storage;
}

/** Dispatches compiled once; `run` makes no GPU object but its command buffers. */
export class Plan {
  readonly flops: number;
  /** Bytes of the buffers that the temporaries share. */
  readonly bytes: number;
  readonly #engine: Engine;
  readonly #steps: readonly CompiledStep[];
  readonly #uniforms: GPUBuffer;
  readonly #stride: number;
  readonly #slots: readonly GPUBuffer[];
  readonly #mirror: DataView<ArrayBuffer>;
  #dirty = true;
  #disposed = false;

  constructor(
    engine: Engine,
    readonly label: string,
    steps: readonly CompiledStep[],
    uniforms: GPUBuffer,
    stride: number,
    slots: readonly GPUBuffer[],
  ) {
    this.#engine = engine;
    this.#steps = steps;
    this.#uniforms = uniforms;
    this.#stride = stride;
    this.#slots = slots;
    this.#mirror = new DataView(new ArrayBuffer(uniforms.size));
    steps.forEach((step, index) => {
      writeUniforms(step.definition, step.uniforms, this.#mirror, index * stride);
    });
    this.flops = steps.reduce((sum, step) => sum + step.flops, 0);
    this.bytes = slots.reduce((sum, slot) => sum + slot.size, 0);
  }

  /** Changes uniforms of one dispatch from the next run on. */
  set<D extends KernelDefinition>(step: StepHandle<D>, uniforms: Partial<UniformsOf<D>>): void {
    const { uniforms: current } = this.#steps[step.index] as CompiledStep;
    Object.assign(current, uniforms);
    writeUniforms(step.definition, current, this.#mirror, step.index * this.#stride);
    this.#dirty = true;
  }

  /**
   * Submits every dispatch in chunks of about 100 ms and resolves when the last chunk is submitted; reading a tensor or
   * `engine.finish()` waits for the results. Throws ABORTED between chunks, DISPOSED, DEVICE_LOST.
   */
  async run({ signal }: RunOptions = {}): Promise<void> {
    const { pace, profiler } = this.#engine;
    this.#engine.check();
    this.#alive();
    throwIfAborted(signal);
    this.#upload();
    for (let start = 0; start < this.#steps.length; ) {
      profiler?.beginSubmit(this.label);
      const { commands, end, operations } = this.#engine.attempt(`plan "${this.label}"`, () => this.#record(start));
      const accepted = pace.submit(commands, operations, this.label);
      profiler?.endSubmit();
      await accepted;
      this.#engine.check();
      if (end < this.#steps.length) this.#alive();
      throwIfAborted(signal);
      start = end;
    }
  }

  /** Records dispatches from `start` on, about 100 ms of them; returns the end of those recorded. */
  #record(start: number): { commands: GPUCommandBuffer; end: number; operations: number } {
    const { device, pace, profiler } = this.#engine;
    const encoder = device.createCommandEncoder({ label: this.label });
    let operations = 0;
    let end = start;
    let pass = profiler ? undefined : encoder.beginComputePass({ label: this.label });
    while (end < this.#steps.length && (end === start || operations + (this.#steps[end] as CompiledStep).flops <= pace.budget)) {
      const step = this.#steps[end++] as CompiledStep;
      if (profiler) pass = encoder.beginComputePass(profiler.pass(step));
      if (pass) record(pass, step);
      if (profiler) pass?.end();
      operations += step.flops;
    }
    if (!profiler) pass?.end();
    profiler?.resolve(encoder);
    return { commands: encoder.finish(), end, operations };
  }

  /** Records every dispatch in order into a pass of the caller's, who submits it: for measurements, which want no pacing. */
  encode(pass: GPUComputePassEncoder): void {
    this.#alive();
    this.#upload();
    for (const step of this.#steps) record(pass, step);
  }

  /** Brings changed uniforms to the GPU, before any submit that follows. */
  #upload(): void {
    if (this.#dirty) this.#engine.writeBuffer(this.#uniforms, 0, this.#mirror);
    this.#dirty = false;
  }

  #alive(): void {
    if (this.#disposed)
      throw new EngineError("DISPOSED", `Plan "${this.label}" was disposed.`, "Keep it until its last run, or compile it again.");
  }

  dispose(): void {
    this.#disposed = true;
    for (const buffer of [this.#uniforms, ...this.#slots]) this.#engine.release(buffer);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
