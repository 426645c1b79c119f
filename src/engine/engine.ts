import { type AdapterInfo, describeAdapter, requestDevice } from "./adapter.ts";
import { EngineError } from "./errors.ts";
import { KernelCache } from "./kernel.ts";
import { Pace } from "./pace.ts";
import type { Profiler } from "./profiler.ts";
import { type DataType, sizeOf, Tensor, type TensorHost, type TypedArray } from "./tensor.ts";

export interface EngineOptions {
  /** A device to adopt; it is never destroyed by the engine. */
  device?: GPUDevice;
  /** Where a device of our own is requested from; navigator.gpu by default. */
  gpu?: GPU;
  /** Bytes that all GPU buffers together may take; no limit by default. */
  memory?: number | undefined;
}

/** One GPU device with its kernels, tensors and errors. */
export class Engine implements TensorHost {
  readonly adapter: AdapterInfo;
  readonly kernels: KernelCache;
  readonly pace: Pace;
  /** A 16-byte tensor of zeros, bound where a kernel's optional input is absent. */
  readonly nothing: Tensor;
  /** Bytes that all buffers together may take. */
  readonly budget: number;
  /** Times whatever runs while it is set. */
  profiler: Profiler | undefined;
  /** Which of several ways to compute something was measured to be the fastest on this adapter, by names that their users give. */
  readonly choices = new Map<string, string>();
  readonly #adopted: boolean;
  readonly #buffers = new Set<GPUBuffer>();
  readonly #staging = new Map<number, GPUBuffer[]>();
  #used = 0;
  #peak = 0;
  #lost: GPUDeviceLostInfo | undefined;
  #fault: string | undefined;
  #disposed = false;

  private constructor(
    readonly device: GPUDevice,
    { device: adopted, memory }: EngineOptions,
  ) {
    this.#adopted = adopted !== undefined;
    this.budget = memory ?? Number.POSITIVE_INFINITY;
    this.adapter = describeAdapter(device.adapterInfo);
    this.kernels = new KernelCache(device);
    this.pace = new Pace(device);
    this.nothing = this.tensor("nothing", [4]);
    device.lost.then((info) => {
      this.#lost = info;
    });
    device.addEventListener("uncapturederror", (event) => {
      this.#fault ??= (event as GPUUncapturedErrorEvent).error.message;
    });
  }

  /** Throws NO_WEBGPU or NO_ADAPTER. */
  static async create(options: EngineOptions = {}): Promise<Engine> {
    const { device, gpu = globalThis.navigator?.gpu } = options;
    return new Engine(device ?? (await requestDevice(gpu)), options);
  }

  /** Bytes of all buffers: now, and the most there ever were. */
  get memory(): { used: number; peak: number } {
    return { used: this.#used, peak: this.#peak };
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
    return this.#lost !== undefined;
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
    const { bytes } = new Tensor(this, label, shape, type);
    const tensor = new Tensor(this, label, shape, type, this.buffer(label, bytes));
    return data ? tensor.write(data) : tensor;
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

  /** Every buffer of the engine is made here, so that the budget holds for all. Throws OUT_OF_MEMORY where it would be exceeded. */
  allocate(label: string, size: number, usage: GPUBufferUsageFlags): GPUBuffer {
    if (this.#used + size > this.budget) {
      const [needed, used, budget] = [size, this.#used, this.budget].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
      throw new EngineError(
        "OUT_OF_MEMORY",
        `"${label}" needs ${needed}, and ${used} of the memory budget of ${budget} are in use.`,
        "Allow more memory, or use a smaller batch or fewer samples.",
      );
    }
    const buffer = this.device.createBuffer({ label, size, usage });
    this.#buffers.add(buffer);
    this.#used += size;
    this.#peak = Math.max(this.#peak, this.#used);
    return buffer;
  }

  /** Frees a buffer that `allocate` made; doing so twice is no harm. */
  release(buffer: GPUBuffer): void {
    if (this.#buffers.delete(buffer)) this.#used -= buffer.size;
    buffer.destroy();
  }

  /**
   * Runs `work` and throws OUT_OF_MEMORY or INVALID if a GPU object that it made failed: WebGPU reports such failures late and
   * would otherwise go on with an invalid object.
   */
  async guard<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    this.check();
    this.device.pushErrorScope("validation");
    this.device.pushErrorScope("out-of-memory");
    let result: T;
    let memory: GPUError | null = null;
    let validation: GPUError | null = null;
    try {
      result = await work();
    } finally {
      memory = await this.device.popErrorScope();
      validation = await this.device.popErrorScope();
    }
    this.check();
    if (memory) {
      throw new EngineError(
        "OUT_OF_MEMORY",
        `The GPU has not enough memory for ${what}: ${memory.message}`,
        "Use a smaller batch or fewer samples.",
      );
    }
    if (validation)
      throw new EngineError("INVALID", `${what}: ${validation.message}`, "This is a defect of the engine; report it with this message.");
    return result;
  }

  /** Throws DISPOSED, DEVICE_LOST, or the first uncaptured error of the device. */
  check(): void {
    if (this.#disposed) throw new EngineError("DISPOSED", "The engine was disposed.", "Create a new one.");
    if (this.#lost) {
      throw new EngineError(
        "DEVICE_LOST",
        `The GPU device was lost: ${this.#lost.message || this.#lost.reason}`,
        "Create a new engine; a session does so by itself at its next call.",
      );
    }
    if (this.#fault)
      throw new EngineError(
        "INVALID",
        `The GPU refused a command: ${this.#fault}`,
        "This is a defect of the engine; report it with this message.",
      );
  }

  /** Resolves when all submitted work has ended. */
  async finish(): Promise<void> {
    await this.wait("finish", () => this.pace.drain());
    this.check();
  }

  /** Runs synchronous work, which a profiler counts as the CPU's. */
  work<T>(label: string, run: () => T): T {
    return this.profiler ? this.profiler.work(label, run) : run();
  }

  /** Waits for work that is not the CPU's, and a profiler sees for what. */
  wait<T>(label: string, run: () => Promise<T>): Promise<T> {
    return this.profiler ? this.profiler.wait(label, run) : run();
  }

  /** The first `bytes` of a buffer, after all work submitted before. Staging buffers are kept and used again. */
  readBuffer(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    return this.wait("read back", () => this.#readBuffer(buffer, bytes));
  }

  async #readBuffer(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    this.check();
    const size = 2 ** Math.ceil(Math.log2(Math.max(256, bytes)));
    const free = this.#staging.get(size) ?? [];
    this.#staging.set(size, free);
    const staging = free.pop() ?? this.allocate(`staging ${size}`, size, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    const encoder = this.device.createCommandEncoder({ label: `read ${buffer.label}` });
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, Math.ceil(bytes / 4) * 4);
    this.device.queue.submit([encoder.finish()]);
    try {
      await staging.mapAsync(GPUMapMode.READ);
    } catch (cause) {
      await Promise.resolve();
      this.check();
      throw new EngineError("DEVICE_LOST", `Reading "${buffer.label}" failed.`, "Create a new engine.", { cause });
    }
    const copy = staging.getMappedRange().slice(0, bytes);
    staging.unmap();
    free.push(staging);
    this.check();
    return copy;
  }

  /** Frees the staging buffers and, unless it was adopted, the device with everything on it. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const buffers of this.#staging.values()) for (const buffer of buffers) this.release(buffer);
    this.nothing.dispose();
    if (!this.#adopted) this.device.destroy();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
