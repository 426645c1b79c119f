/** The engine for kernels of one's own: it refuses wrong arguments, which the library's own rooms leave to TypeScript. */
import { requestDevice } from "../adapter.ts";
import { type EngineOptions, Engine as Unchecked } from "../engine.ts";
import { type DataType, sizeOf, type TypedArray } from "../tensor.ts";
import { ensure, ensureFunction, ensureKnown, ensureText, given, isObject, isWhole, nameClass, refuse } from "./arguments.ts";
import { ensureBuffer, ensureRange, noteMade, noteReleased } from "./live-buffers.ts";
import { ensureData, ensureLabel, Tensor, typeOfData } from "./tensor.ts";

const OPTIONS = ["device", "gpu", "memory"] satisfies (keyof EngineOptions)[];
const CREATE = "Write `await Engine.create()`.";

/** One GPU device with its kernels, tensors and errors. Every method throws INVALID for an argument that it cannot take. */
export class Engine extends Unchecked {
  protected constructor(device: GPUDevice, options: EngineOptions) {
    ensure(typeof device?.createBuffer === "function" && isObject(options), "`new Engine` cannot begin: its device is", device, CREATE);
    super(device, options);
  }

  /** Throws NO_WEBGPU or NO_ADAPTER; INVALID for an option that there is not, or that cannot be. */
  static override async create(options: EngineOptions = {}): Promise<Engine> {
    ensure(isObject(options), "The options of Engine.create are", options, "Give an object, or nothing.");
    ensureKnown("Engine.create has", options, OPTIONS);
    const { device, gpu = globalThis.navigator?.gpu, memory } = options;
    if ("device" in options && device !== undefined) {
      const fix = "Give a GPUDevice: await adapter.requestDevice().";
      ensure(typeof device?.createBuffer === "function" && isObject(device.limits), "The device is", device, fix);
    }
    if (memory !== undefined) {
      ensure(typeof memory === "number" && memory > 0, "The memory is", memory, "Give a number of bytes above 0.");
    }
    return new Engine(device ?? (await requestDevice(gpu)), options);
  }

  override get advice(): string {
    return "Hold your kernels, dispatches and calls against what the GPU says; if they are right, report it with this message.";
  }

  override tensor(label: string, shape: readonly number[], data?: TypedArray, type: DataType = typeOfData(data) ?? "f32"): Tensor {
    ensureLabel(label);
    if (data !== undefined) ensureData(`Tensor "${label}"`, data);
    // Refuses label, shape and type before there is a buffer.
    const { bytes } = this.newTensor(label, shape, type);
    if (data && typeOfData(data) !== type) {
      refuse(`Tensor "${label}" cannot be ${type} and made from ${given(data)}`, "Leave out the type, which is the data's.");
    }
    if (data && data.length !== sizeOf(shape)) {
      refuse(`Tensor "${label}" [${shape}] has ${sizeOf(shape)} values, and was given ${data.length}`, "Give it as many as its shape has.");
    }
    if (bytes > this.largestTensor) {
      const what = `Tensor "${label}" [${shape}] needs ${bytes} bytes, and this adapter binds at most ${this.largestTensor}`;
      refuse(what, "Split it into several tensors.", "LIMIT");
    }
    return super.tensor(label, shape, data, type);
  }

  override newTensor(label: string, shape: readonly number[], type: DataType): Tensor {
    return new Tensor(this, label, shape, type);
  }

  override buffer(label: string, bytes: number): GPUBuffer {
    ensureSize(label, bytes);
    return super.buffer(label, bytes);
  }

  override allocate(label: string, size: number, usage: number, kept?: boolean): GPUBuffer {
    ensureSize(label, size);
    ensure(isWhole(usage, 1), `The usage of buffer "${label}" is`, usage, "Give flags: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST.");
    const buffer = super.allocate(label, size, usage, kept);
    noteMade(buffer);
    return buffer;
  }

  override release(buffer: GPUBuffer): void {
    ensure(typeof buffer?.destroy === "function", "The buffer to release is", buffer, "Give a GPUBuffer.");
    super.release(buffer);
    noteReleased(buffer);
  }

  override attempt<T>(what: string, calls: () => T): T {
    ensureFunction("engine.attempt calls", calls, "Give a name and a function: engine.attempt(what, () => ...).");
    return super.attempt(what, calls);
  }

  override async guard<T>(work: () => T | Promise<T>): Promise<T> {
    ensureFunction("engine.guard calls", work, "Give a function.");
    return super.guard(work);
  }

  override async keep<T>(work: () => Promise<T>): Promise<T> {
    ensureFunction("engine.keep calls", work, "Give an async function.");
    return super.keep(work);
  }

  override async answer<T>(what: string, promise: Promise<T>): Promise<T> {
    ensure(typeof promise?.then === "function", "engine.answer waits for", promise, "Give a name and a promise of the device.");
    return super.answer(what, promise);
  }

  override writeBuffer(buffer: GPUBuffer, offset: number, data: ArrayBufferView): void {
    ensureBuffer("The buffer to write", buffer);
    ensure(ArrayBuffer.isView(data), `Buffer "${buffer.label}" is written from`, data, "Give a typed array or a DataView.");
    ensureRange(`Buffer "${buffer.label}" is written with`, buffer, offset, data.byteLength);
    super.writeBuffer(buffer, offset, data);
  }

  override copyBuffer(from: GPUBuffer, to: GPUBuffer, offset: number, bytes: number): void {
    ensureBuffer("The buffer to copy from", from);
    ensureBuffer("The buffer to copy to", to);
    if (from === to) refuse(`Buffer "${to.label}" is copied to itself`, "Give another buffer.");
    ensureRange(`Buffer "${from.label}" is read for`, from, 0, bytes);
    ensureRange(`Buffer "${to.label}" is written with`, to, offset, bytes);
    super.copyBuffer(from, to, offset, bytes);
  }

  override submit(commands: GPUCommandBuffer[]): void {
    ensure(Array.isArray(commands), "engine.submit is given", commands, "Give a list of command buffers.");
    super.submit(commands);
  }

  override work<T>(label: string, run: () => T): T {
    ensureFunction("engine.work calls", run, "Give a name and a function: engine.work(label, () => ...).");
    return super.work(label, run);
  }

  override wait<T>(label: string, run: () => Promise<T>): Promise<T> {
    ensureFunction("engine.wait calls", run, "Give a name and an async function: engine.wait(label, async () => ...).");
    return super.wait(label, run);
  }

  override async readBuffer(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    this.check();
    ensureBuffer("The buffer to read", buffer);
    // What is read is rounded up to whole words.
    ensureRange(`Buffer "${buffer.label}" is read for`, buffer, 0, isWhole(bytes, 0) ? Math.ceil(bytes / 4) * 4 : bytes);
    return super.readBuffer(buffer, bytes);
  }
}

nameClass(Engine, "Engine");

/** Throws INVALID where the argument is no engine. `what` ends in the verb. */
export function ensureEngine(what: string, engine: unknown): asserts engine is Unchecked {
  const fix = engine instanceof Promise ? "Wait for it: `await Engine.create()`." : "Give an engine: `await Engine.create()`.";
  ensure(engine instanceof Unchecked, what, engine, fix);
}

function ensureSize(label: unknown, bytes: unknown): void {
  ensureText("A buffer's label is", label);
  ensure(isWhole(bytes, 1), `The bytes of buffer "${label}" are`, bytes, "Give a whole number from 1 on.");
}
