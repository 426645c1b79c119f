/** What goes wrong at a call of WebGPU: the device is lost, a buffer finds no memory, or the call makes something invalid. */
export type FaultKind = "loss" | "memory" | "validation";

export interface Fault {
  readonly kind: FaultKind;
  /** The how manieth call, counted from 1, from `arm` on: of buffers made for "memory", of all calls for the others. */
  readonly at: number;
}

interface Scope {
  readonly filter: GPUErrorFilter;
  error: GPUError | undefined;
}

/** A GPU with faults, navigator.gpu by default, and with a count of what its devices hold. */
export class FaultyGpu {
  readonly #real: GPU;

  constructor(real: GPU = navigator.gpu) {
    this.#real = real;
  }

  readonly devices: GPUDevice[] = [];
  /** Buffers that were made and not destroyed. */
  readonly live = new Set<GPUBuffer>();
  /** Calls and buffers since `arm`. */
  calls = 0;
  buffers = 0;
  /** Faults that have happened since `arm`. */
  happened = 0;
  /** Calls since the last fault. */
  since = 0;
  #faults: Fault[] = [];

  /** Begins to count anew, and makes these faults happen. */
  arm(...faults: Fault[]): void {
    this.#faults = faults;
    this.calls = this.buffers = this.happened = 0;
  }

  readonly gpu = {
    requestAdapter: async () => {
      const adapter = (await this.#real.requestAdapter()) as GPUAdapter;
      const requestDevice = async (descriptor: GPUDeviceDescriptor) => this.wrap(await adapter.requestDevice(descriptor));
      return { features: adapter.features, limits: adapter.limits, info: adapter.info, requestDevice };
    },
  } as unknown as GPU;

  /** A device whose calls are counted and fail as armed. */
  wrap(real: GPUDevice): GPUDevice {
    const scopes: Scope[] = [];
    const due = (isBuffer: boolean): FaultKind | undefined => {
      this.calls++;
      this.since++;
      if (isBuffer) this.buffers++;
      const fault = this.#faults.find(({ kind, at }) => (kind === "memory" ? isBuffer && at === this.buffers : at === this.calls));
      if (!fault) return undefined;
      this.#faults = this.#faults.filter((other) => other !== fault);
      this.happened++;
      this.since = 0;
      if (fault.kind === "loss") real.destroy();
      return fault.kind;
    };
    /** Puts an error where WebGPU would: into the innermost scope of its kind. */
    const report = (filter: GPUErrorFilter, error: GPUError) => {
      const scope = scopes.findLast((candidate) => candidate.filter === filter);
      if (!scope) throw new Error(`No scope takes in this error: ${error.message}`);
      scope.error ??= error;
    };
    /** Makes something invalid, which is reported to no scope. */
    const silently = <T>(make: () => T): T => {
      real.pushErrorScope("validation");
      const made = make();
      void real.popErrorScope().catch(() => {});
      return made;
    };
    const createBuffer = (descriptor: GPUBufferDescriptor): GPUBuffer => {
      const kind = due(true);
      const fails = kind === "memory" || kind === "validation";
      const buffer = fails ? silently(() => real.createBuffer({ ...descriptor, usage: 0 })) : real.createBuffer(descriptor);
      if (kind === "memory") report("out-of-memory", new GPUOutOfMemoryError("injected"));
      if (kind === "validation") report("validation", new GPUValidationError("injected"));
      this.live.add(buffer);
      const live = this.live;
      const faulty = (isRead: boolean) => {
        if (isRead && due(false) === "validation") report("validation", new GPUValidationError("injected"));
      };
      const [destroy, mapAsync] = [buffer.destroy.bind(buffer), buffer.mapAsync.bind(buffer)];
      buffer.destroy = () => {
        live.delete(buffer);
        destroy();
      };
      buffer.mapAsync = (...given: Parameters<typeof mapAsync>) => {
        faulty(true);
        return mapAsync(...given);
      };
      return buffer;
    };
    const counted = <F extends (...given: never[]) => unknown>(call: F): F =>
      ((...given: never[]) => {
        if (due(false) === "validation") report("validation", new GPUValidationError("injected"));
        return call(...given);
      }) as F;
    const queue = new Proxy(real.queue, {
      get(target, key) {
        const value = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        return key === "submit" || key === "writeBuffer" ? counted(value.bind(target)) : value.bind(target);
      },
    });
    const own: Partial<Record<keyof GPUDevice, unknown>> = {
      queue,
      createBuffer,
      createBindGroup: counted(real.createBindGroup.bind(real)),
      createShaderModule: counted(real.createShaderModule.bind(real)),
      createComputePipelineAsync: counted(real.createComputePipelineAsync.bind(real)),
      pushErrorScope(filter: GPUErrorFilter) {
        scopes.push({ filter, error: undefined });
        real.pushErrorScope(filter);
      },
      popErrorScope() {
        const scope = scopes.pop();
        return real.popErrorScope().then((error) => scope?.error ?? error);
      },
    };
    const device = new Proxy(real, {
      get(target, key) {
        if (key in own) return own[key as keyof GPUDevice];
        const value = Reflect.get(target, key);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
    this.devices.push(real);
    return device;
  }
}
