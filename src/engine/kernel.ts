/** Kernels on a device: their pipelines, compiled once, and the bytes of their uniforms. */
import type { KernelDefinition } from "../shaders/definition.ts";
import { EngineError } from "./errors.ts";
import { printable } from "./printable.ts";
import { type ConstantsOf, specialise } from "./specialise.ts";
import type { Tensor } from "./tensor.ts";

export type { ConstantsOf, KernelDefinition };

/** The tensors that a dispatch of a kernel binds, by the names in its WGSL. */
export type BindingsOf<D extends KernelDefinition> = Record<keyof D["bindings"] & string, Tensor>;
/** The uniforms of a dispatch, by the names of the struct's fields. */
export type UniformsOf<D extends KernelDefinition> = Record<keyof D["uniforms"] & string, number>;
/** Writes the uniform struct into `view` at `offset` bytes; every member must be given, and u32 members must be whole and not negative. */
export function writeUniforms(
  definition: KernelDefinition,
  values: Readonly<Record<string, number>>,
  view: DataView,
  offset: number,
): void {
  Object.entries(definition.uniforms).forEach(([name, type], index) => {
    const value = values[name];
    if (value === undefined || Number.isNaN(value) || (type === "u32" && (value < 0 || value >= 2 ** 32 || !Number.isInteger(value)))) {
      throw new EngineError(
        "INVALID",
        `Uniform ${definition.name}.${name} is ${value}.`,
        `Give it a ${type} value; the kernel's head comment says what it means.`,
      );
    }
    const at = offset + 4 * index;
    if (type === "f32") view.setFloat32(at, value, true);
    else if (type === "i32") view.setInt32(at, value, true);
    else view.setUint32(at, value, true);
  });
}

/** Bytes of the uniform struct. */
export function uniformBytes({ uniforms }: KernelDefinition): number {
  return 4 * Object.keys(uniforms).length;
}

/** Of every binding, by its number. */
function bindingTypes(definition: KernelDefinition): GPUBufferBindingType[] {
  const storage = Object.values(definition.bindings).map((access) => (access === "read" ? "read-only-storage" : "storage"));
  return uniformBytes(definition) > 0 ? [...storage, "uniform"] : storage;
}

/** A compiled kernel. */
export interface Kernel {
  readonly definition: KernelDefinition;
  readonly layout: GPUBindGroupLayout;
  readonly pipeline: GPUComputePipeline;
}

/** What compiling needs of an engine; keeps this file free of the engine itself. */
export interface KernelHost {
  readonly device: GPUDevice;
  attempt<T>(what: string, calls: () => T): T;
  answer<T>(what: string, promise: Promise<T>): Promise<T>;
}

/** Compiles kernels on one device and keeps them; asking twice for the same kernel and constants compiles once. */
export class KernelCache {
  readonly #host: KernelHost;
  readonly #kernels = new WeakMap<KernelDefinition, Map<string, Promise<Kernel>>>();

  constructor(host: KernelHost) {
    this.#host = host;
  }

  /** Throws INVALID where definition and WGSL disagree, and with the compiler's messages where the WGSL does not compile; DEVICE_LOST. */
  get<D extends KernelDefinition>(definition: D, constants: ConstantsOf<D> = {}): Promise<Kernel> {
    // What is no object cannot be kept, nor compiled.
    if (Object(definition) !== definition) return this.#compile(definition, constants, "");
    // By the definition and not by its name, which a kernel from outside may share with one of ours.
    const variants = this.#kernels.get(definition) ?? new Map<string, Promise<Kernel>>();
    this.#kernels.set(definition, variants);
    const values = JSON.stringify(constants);
    const key = values === "{}" ? definition.name : `${definition.name} ${values}`;
    let kernel = variants.get(key);
    if (!kernel) {
      kernel = this.#compile(definition, constants, key);
      variants.set(key, kernel);
      // What failed may succeed the next time, as where memory was short.
      kernel.catch(() => variants.delete(key));
    }
    return kernel;
  }

  async #compile<D extends KernelDefinition>(definition: D, constants: ConstantsOf<D>, label: string): Promise<Kernel> {
    if (!definition?.checked) (await import("./check-definition.ts")).checkDefinition(definition, constants);
    const { device } = this.#host;
    const what = `kernel ${label}`;
    const code = specialise(definition, constants);
    const { module, layout, compiling } = this.#host.attempt(what, () => {
      const module = device.createShaderModule({ label, code });
      const layout = device.createBindGroupLayout({
        label,
        entries: bindingTypes(definition).map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
      });
      const compiling = device.createComputePipelineAsync({
        label,
        layout: device.createPipelineLayout({ label, bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: "main" },
      });
      return { module, layout, compiling };
    });
    // The compiler says more than the device does, where it says anything.
    const pipeline = await this.#host.answer(what, explained(compiling, module, label, code));
    return { definition, layout, pipeline };
  }
}

/** The pipeline. Throws INVALID with the compiler's messages, if there are any, else what the promise throws. */
async function explained(
  compiling: Promise<GPUComputePipeline>,
  module: GPUShaderModule,
  label: string,
  code: string,
): Promise<GPUComputePipeline> {
  try {
    return await compiling;
  } catch (cause) {
    const messages = await module.getCompilationInfo().then(
      (info) => info.messages.filter(({ type }) => type === "error"),
      () => [],
    );
    if (messages.length === 0) throw cause;
    const source = code.split("\n");
    const lines = messages
      .map(({ lineNum, linePos, message }) => `${lineNum}:${linePos} ${message} in \`${printable(source[lineNum - 1]?.trim() ?? "")}\``)
      .join("; ");
    throw new EngineError("INVALID", `Kernel ${label} did not compile: ${lines}`, "Mend the named line of its .wgsl file.", { cause });
  }
}
