/** Arrays on the GPU, from which everything else here is made. */
import { EngineError } from "./errors.ts";

/** `f16` tensors are written and read by kernels only. */
export type DataType = "f32" | "u32" | "f16";
/** What tensors are made of and written from. */
export type TypedArray = Float32Array | Uint32Array;

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Rounds `value` up to a multiple of `step`. */
export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

/** What a tensor needs of the engine that made it; keeps this file free of the engine itself. */
export interface TensorHost {
  release(buffer: GPUBuffer): void;
  writeBuffer(buffer: GPUBuffer, offset: number, data: ArrayBufferView): void;
  copyBuffer(from: GPUBuffer, to: GPUBuffer, offset: number, bytes: number): void;
  readBuffer(buffer: GPUBuffer, bytes: number): Promise<ArrayBuffer>;
}

/**
 * A dense row-major array in one GPU buffer. Images are NHWC with channels padded to 4.
 * A virtual tensor (made by a plan) has no buffer until the plan has been compiled, and shares it with others afterwards.
 */
export class Tensor {
  #buffer: GPUBuffer | undefined;
  #disposed = false;

  constructor(
    /** The engine that made it. */
    readonly host: TensorHost,
    readonly label: string,
    readonly shape: readonly number[],
    readonly type: DataType = "f32",
  ) {}

  /** Elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Bytes of the data, rounded up so that every kernel may read whole vec4s. */
  get bytes(): number {
    return roundUp(Math.max(1, this.size) * (this.type === "f16" ? 2 : 4), 16);
  }

  /** Throws DISPOSED, or INVALID for a virtual tensor whose plan is not compiled. */
  get buffer(): GPUBuffer {
    if (this.#disposed)
      throw new EngineError("DISPOSED", `Tensor "${this.label}" was disposed.`, "Keep it until the last plan that uses it has run.");
    if (!this.#buffer) throw new EngineError("INVALID", `Tensor "${this.label}" has no buffer yet.`, "Compile its plan first.");
    return this.#buffer;
  }

  /** Called by the engine, or by the plan that owns this virtual tensor. */
  place(buffer: GPUBuffer): void {
    this.#buffer = buffer;
  }

  /** Copies `data` (same element type) to the GPU from element `offset` on. Throws INVALID where it does not fit. */
  write(data: TypedArray, offset = 0): this {
    const matches = this.type === (data instanceof Float32Array ? "f32" : "u32");
    if (!matches || offset + data.length > this.size) {
      throw new EngineError(
        "INVALID",
        `${data.constructor.name} of ${data.length} at ${offset} does not fit tensor "${this.label}" ${this.type}[${this.shape}].`,
        "Give it data of its own type and at most its size.",
      );
    }
    this.host.writeBuffer(this.buffer, offset * 4, data);
    return this;
  }

  /** Copies the first `count` elements of another tensor of four bytes each, on the GPU, from element `offset` on. */
  copyFrom(other: Tensor, offset = 0, count = this.size): this {
    this.host.copyBuffer(other.buffer, this.buffer, offset * 4, count * 4);
    return this;
  }

  /** Reads an f32 tensor back; waits for the work submitted before. Throws DEVICE_LOST. */
  async read(count = this.size): Promise<Float32Array> {
    return new Float32Array(await this.host.readBuffer(this.buffer, count * 4));
  }

  /** Reads a u32 tensor back. */
  async readUint(count = this.size): Promise<Uint32Array> {
    return new Uint32Array(await this.host.readBuffer(this.buffer, count * 4));
  }

  dispose(): void {
    if (!this.#disposed && this.#buffer) this.host.release(this.#buffer);
    this.#disposed = true;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
