/** The centre of this room: one GPU device, all its buffers, and the errors of its use. */
import { type AdapterInfo, describeAdapter, requestDevice } from "./adapter.ts";
import { DeviceWatch } from "./device-watch.ts";
import { disposedError, EngineError, megabytes, memoryError } from "./errors.ts";
import { IdleSlot } from "./idle.ts";
import { KernelCache } from "./kernel.ts";
import { Pace } from "./pace.ts";
import { refuseOption } from "./printable.ts";
import type { Recorder } from "./recorder.ts";
import { Staging } from "./staging.ts";
import { type DataType, sizeOf, Tensor, type TensorHost, type TypedArray } from "./tensor.ts";

/** Which device an engine works on, and how much memory it may take. */
export interface EngineOptions {
  /** A device to adopt; it is never destroyed by the engine. */
  device?: GPUDevice;
  /** Where a device of our own is requested from, and whom its WGSL language features are asked of; navigator.gpu by default. */
  gpu?: GPU;
  /** Bytes that all GPU buffers together may take; no limit by default. */
  memory?: number | undefined;
}

/** One GPU device with its kernels, tensors and errors. */
export class Engine implements TensorHost {
  readonly adapter: AdapterInfo;
  /** WGSL language features of the `gpu` that the engine was given, else of the browser's; empty where neither is there to be asked. */
  readonly language: ReadonlySet<string>;
  readonly kernels: KernelCache;
  readonly pace: Pace;
  /** A 16-byte tensor of zeros, bound where a kernel's optional input is absent. */
  readonly nothing: Tensor;
  /** Bytes that all buffers together may take. */
  readonly budget: number;
  /** Times whatever runs while it is set. */
  profiler: Recorder | undefined;
  /** Nanoseconds to which timestamps are rounded down where they are read: more than 1 to try what a browser that rounds them does. */
  clockStep = 1;
  /** Which of several ways to compute something was measured to be the fastest on this adapter, by names that their users give. */
  readonly choices = new Map<string, string>();
  /** What is kept for later calls for as long as its memory is not needed. */
  readonly idle = new IdleSlot();
  /** Whether the device is somebody else's. */
  readonly adopted: boolean;
  readonly #watch: DeviceWatch;
  readonly #buffers = new Set<GPUBuffer>();
  /** Buffers that outlive a failed guard. */
  readonly #kept = new WeakSet<GPUBuffer>();
  readonly #staging = new Staging(this);
  #used = 0;
  #peak = 0;
  #disposed = false;

  protected constructor(
    readonly device: GPUDevice,
    { device: adopted, gpu = globalThis.navigator?.gpu, memory }: EngineOptions,
  ) {
    this.adopted = adopted !== undefined;
    this.#watch = new DeviceWatch(device, this.adopted, this.advice);
    this.budget = memory ?? Number.POSITIVE_INFINITY;
    this.adapter = describeAdapter(device.adapterInfo);
    this.language = gpu?.wgslLanguageFeatures ?? new Set();
    this.kernels = new KernelCache(this);
    this.pace = new Pace({ submit: (commands) => this.submit(commands), onSubmittedWorkDone: () => this.submittedWorkDone() });
    this.nothing = this.tensor("nothing", [4]);
  }

  /** Throws NO_WEBGPU or NO_ADAPTER. */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    const { device, gpu = globalThis.navigator?.gpu, memory } = options ?? {};
    if (typeof options !== "object" || !options) refuseOption("options are", options, "Give an object, or nothing.");
    if (device && typeof device.createBuffer !== "function") refuseOption("device is", device, "Give a GPUDevice.");
    if (memory !== undefined && !(memory > 0)) refuseOption("memory is", memory, "Give a number of bytes above 0.");
    return new Engine(device ?? (await requestDevice(gpu)), options);
  }

  /** What to do where the GPU refuses a call. */
  get advice(): string {
    return "This is a defect of the engine; report it with this message.";
  }

  /** Bytes of all buffers: now, and the most there ever were. */
  get memory(): { used: number; peak: number } {
    return { used: this.#used, peak: this.#peak };
  }

  /** Bytes that can be allocated: what is idle gives way, and what the profiler holds. */
  get free(): number {
    return this.budget - this.#used + this.idle.bytes + (this.profiler?.held ?? 0);
  }

  /** Width of every subgroup, where the device has subgroups and they are all equally wide. */
  get lanes(): number | undefined {
    const { features, adapterInfo } = this.device;
    const { subgroupMinSize, subgroupMaxSize } = adapterInfo;
    return features.has("subgroups") && subgroupMinSize === subgroupMaxSize ? subgroupMinSize : undefined;
  }

  /** Bytes of the largest buffer that kernels can use. */
  get largestTensor(): number {
    return Math.min(this.device.limits.maxBufferSize, this.device.limits.maxStorageBufferBindingSize);
  }

  /** True once the device is lost, for whatever reason; nothing that uses it can work any more. */
  get lost(): boolean {
    return this.#watch.lost;
  }

  /** A tensor of zeros, or of `data`. Throws LIMIT where it exceeds what the adapter binds, INVALID where shape and data differ in size. */
  tensor(label: string, shape: readonly number[], data?: TypedArray, type: DataType = data instanceof Uint32Array ? "u32" : "f32"): Tensor {
    if (data && data.length !== sizeOf(shape)) {
      throw new EngineError(
        "INVALID",
        `Tensor "${label}" [${shape}] cannot hold ${data.length} values.`,
        "Give it as many as its shape has.",
      );
    }
    const tensor = this.newTensor(label, shape, type);
    tensor.place(this.buffer(label, tensor.bytes));
    return data ? tensor.write(data) : tensor;
  }

  /** A tensor without a buffer, which somebody places later. */
  newTensor(label: string, shape: readonly number[], type: DataType): Tensor {
    return new Tensor(this, label, shape, type);
  }

  /** A storage buffer that can also be copied from and to. Throws LIMIT. */
  buffer(label: string, bytes: number): GPUBuffer {
    if (bytes > this.largestTensor) {
      throw new EngineError(
        "LIMIT",
        `Tensor "${label}" needs ${bytes} bytes and this adapter binds at most ${this.largestTensor}.`,
        "Use a smaller batch or fewer samples.",
      );
    }
    return this.allocate(label, bytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST);
  }

  /**
   * Every buffer of the engine is made here, so that the budget holds for all. Throws OUT_OF_MEMORY where it would be exceeded, DISPOSED;
   * where the device itself has too little, the next `settle` or `guard` does. `kept`: outlives a failed guard.
   */
  allocate(label: string, size: number, usage: number, kept = false): GPUBuffer {
    if (this.#disposed) throw disposedError();
    if (this.#used + size > this.budget) this.idle.free();
    if (this.#used + size > this.budget) this.profiler?.letGo();
    if (this.#used + size > this.budget) throw memoryError(label, size, this.#used, this.budget);
    const what = `"${label}", ${megabytes(size)} with ${megabytes(this.#used)} in use`;
    const buffer = this.attempt(what, () => this.device.createBuffer({ label, size, usage }));
    this.#buffers.add(buffer);
    if (kept) this.#kept.add(buffer);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    return buffer;
  }

  /** Frees a buffer that `allocate` made, or leaves that to the profiler; doing so twice is no harm. */
  release(buffer: GPUBuffer): void {
    if (!this.#disposed && this.profiler?.holds(buffer)) return;
    if (this.#buffers.delete(buffer)) this.#used -= buffer.size;
    buffer.destroy();
  }

  /** Runs synchronous calls to the device; `settle`, `guard` and `check` throw what it reports of them. `what` names them in a message. */
  attempt<T>(what: string, calls: () => T): T {
    return this.#watch.attempt(what, calls);
  }

  /**
   * Runs `work` and throws OUT_OF_MEMORY or INVALID if a GPU object that it made failed: WebGPU reports such failures late and
   * would otherwise go on with an invalid object. Where it throws, buffers that `work` made and left are freed.
   */
  async guard<T>(work: () => T | Promise<T>): Promise<T> {
    // What was reported of earlier calls is not this work's.
    await this.settle();
    const before = new Set(this.#buffers);
    try {
      const result = await work();
      await this.settle();
      return result;
    } catch (error) {
      const failure = await this.#diagnose(error);
      for (const buffer of [...this.#buffers]) if (!before.has(buffer) && !this.#kept.has(buffer)) this.release(buffer);
      this.profiler?.letGo();
      throw failure;
    }
  }

  /** Runs `work`, and keeps the buffers that it leaves even where a guard around it fails. */
  async keep<T>(work: () => Promise<T>): Promise<T> {
    const before = new Set(this.#buffers);
    const result = await work();
    for (const buffer of this.#buffers) if (!before.has(buffer)) this.#kept.add(buffer);
    return result;
  }

  /** The root of a failure: errors that follow from a failed allocation, a loss or a disposal are not reported. */
  async #diagnose(error: unknown): Promise<unknown> {
    const fault = await this.#watch.settle();
    if (this.#disposed) return disposedError();
    if (this.lost) return this.#watch.lossError(error);
    if (fault?.code === "OUT_OF_MEMORY") return fault;
    return error instanceof EngineError ? error : (fault ?? error);
  }

  /** Throws DISPOSED, DEVICE_LOST, or an error that the device has reported so far, once. */
  check(): void {
    if (this.#disposed) throw disposedError();
    if (this.lost) throw this.#watch.lossError();
    const fault = this.#watch.take();
    if (fault) throw fault;
  }

  /** Waits for what the device reports of all calls so far. Throws as `check` does. */
  async settle(): Promise<void> {
    const fault = await this.#watch.settle();
    if (fault && !this.#disposed && !this.lost) throw fault;
    this.check();
  }

  /** Drops what the device reported of a call that failed. */
  async forget(): Promise<void> {
    await this.#watch.settle();
  }

  /** The answer of a promise of the device. Throws DEVICE_LOST, DISPOSED, and INVALID where it is rejected for another reason. */
  async answer<T>(what: string, promise: Promise<T>): Promise<T> {
    try {
      return await this.#watch.answer(promise);
    } catch (cause) {
      if (cause instanceof EngineError) throw await this.#diagnose(cause);
      const fault = this.#disposed ? undefined : await this.#watch.settle();
      if (fault) throw fault;
      if (!this.#disposed) await this.#watch.lossIsKnown();
      const { message } = cause as Error;
      throw await this.#diagnose(new EngineError("INVALID", `${what} failed: ${message}`, this.advice, { cause }));
    }
  }

  /** Copies bytes to a buffer, before any submit that follows. */
  writeBuffer(buffer: GPUBuffer, offset: number, { buffer: data, byteOffset, byteLength }: ArrayBufferView): void {
    this.attempt(`writing "${buffer.label}"`, () =>
      this.device.queue.writeBuffer(buffer, offset, data as ArrayBuffer, byteOffset, byteLength),
    );
  }

  /** Copies the first bytes of a buffer to another one. */
  copyBuffer(from: GPUBuffer, to: GPUBuffer, offset: number, bytes: number): void {
    this.attempt(`copying to "${to.label}"`, () => {
      const encoder = this.device.createCommandEncoder({ label: `copy to ${to.label}` });
      encoder.copyBufferToBuffer(from, 0, to, offset, bytes);
      this.device.queue.submit([encoder.finish()]);
    });
  }

  /** Submits commands. */
  submit(commands: GPUCommandBuffer[]): void {
    this.attempt("submitted work", () => this.device.queue.submit(commands));
  }

  /** Resolves when what was submitted so far has ended. Throws DEVICE_LOST. */
  submittedWorkDone(): Promise<void> {
    return this.answer("Waiting for the GPU", this.device.queue.onSubmittedWorkDone());
  }

  /** Resolves when all submitted work has ended. Throws as `settle` does. */
  async finish(): Promise<void> {
    await this.wait("finish", () => this.pace.drain());
    await this.settle();
  }

  /** Runs synchronous work, which a profiler counts as the CPU's. */
  work<T>(label: string, run: () => T): T {
    return this.profiler ? this.profiler.work(label, run) : run();
  }

  /** Waits for work that is not the CPU's, and a profiler sees for what. */
  wait<T>(label: string, run: () => Promise<T>): Promise<T> {
    return this.profiler ? this.profiler.wait(label, run) : run();
  }

  /** The first `bytes` of a buffer, after all work submitted before. Throws as `settle` does. */
  readBuffer(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    return this.wait("read back", () => this.#staging.read(buffer, bytes));
  }

  /** Frees every buffer and, unless it was adopted, the device with everything on it. What is under way ends with DISPOSED. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const buffer of [...this.#buffers]) this.release(buffer);
    if (!this.adopted) this.device.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
