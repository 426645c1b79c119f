/** Tensors that refuse wrong arguments. */
import { type DataType, type TensorHost, type TypedArray, Tensor as Unchecked } from "../tensor.ts";
import { ensure, ensureText, given, isWhole, nameClass, refuse } from "./arguments.ts";
import { isReleased } from "./live-buffers.ts";

const TYPES: readonly unknown[] = ["f32", "u32", "f16"] satisfies DataType[];

/** The type of what a tensor is written from; undefined for what none is written from. */
export function typeOfData(data: unknown): DataType | undefined {
  if (data instanceof Float32Array) return "f32";
  return data instanceof Uint32Array ? "u32" : undefined;
}

export function ensureLabel(label: unknown): void {
  ensureText("A tensor's label is", label, 'Give a string first: engine.tensor("input", [64]).');
}

/** Throws INVALID where the data is none that a tensor can be written from. */
export function ensureData(what: string, data: unknown): void {
  ensure(typeOfData(data) !== undefined, `${what} is written from`, data, "Give a Float32Array, or a Uint32Array for u32.");
}

/**
 * A dense row-major array in one GPU buffer. Images are NHWC with channels padded to 4.
 * A virtual tensor (made by a plan) has no buffer until the plan has been compiled, and shares it with others afterwards.
 */
export class Tensor extends Unchecked {
  /** Engines make tensors: `engine.tensor(...)`, `builder.temporary(...)`. Throws INVALID. */
  constructor(host: TensorHost, label: string, shape: readonly number[], type: DataType = "f32") {
    ensure(typeof host?.readBuffer === "function", "A tensor's engine is", host, "Make tensors by engine.tensor(label, shape, data).");
    ensureLabel(label);
    const extents = Array.isArray(shape) ? [...shape] : [0];
    const fix = "Give a list of whole numbers from 1 on: [64], or [height, width, channels].";
    ensure(
      extents.every((extent) => isWhole(extent, 1)),
      `Tensor "${label}" cannot be made: its shape is`,
      shape,
      fix,
    );
    ensure(TYPES.includes(type), `Tensor "${label}" cannot be made: its type is`, type, `Give one of: ${TYPES.join(", ")}.`);
    super(host, label, extents, type);
  }

  override get buffer(): GPUBuffer {
    const buffer = super.buffer;
    if (isReleased(buffer)) {
      refuse(`Tensor "${this.label}" has no buffer any more: its plan or its engine was disposed`, "Keep both as long as it.", "DISPOSED");
    }
    return buffer;
  }

  override write(data: TypedArray, offset = 0): this {
    ensureData(`Tensor "${this.label}"`, data);
    if (typeOfData(data) !== this.type) {
      refuse(`Tensor "${this.label}" holds ${this.type}, and was given ${given(data)}`, `Give data of type ${this.type}.`);
    }
    ensureValues(this, "written", offset, data.length);
    return super.write(data, offset);
  }

  override copyFrom(other: Unchecked, offset = 0, count = this.size): this {
    const name = `Tensor "${this.label}"`;
    ensure(other instanceof Unchecked, `${name} is copied from`, other, "Give a tensor of the same engine.");
    if (other.host !== this.host) {
      refuse(`${name} is copied from "${other.label}", which another engine made`, "Give a tensor of the same engine.");
    }
    if (other === this) refuse(`${name} is copied from itself`, "Give another tensor.");
    if (this.type === "f16" || other.type !== this.type) {
      refuse(`${name} holds ${this.type}, and "${other.label}" ${other.type}`, "Copy between tensors of one type, f32 or u32.");
    }
    ensureValues(this, "copied to", offset, count);
    if (count > other.size) {
      refuse(
        `"${other.label}" has ${other.size} values, and ${count} were to be copied`,
        "Give their number third: copyFrom(other, 0, count).",
      );
    }
    return super.copyFrom(other, offset, count);
  }

  override async read(count = this.size): Promise<Float32Array> {
    ensureReading(this, "f32", "read", count);
    return super.read(count);
  }

  override async readUint(count = this.size): Promise<Uint32Array> {
    ensureReading(this, "u32", "readUint", count);
    return super.readUint(count);
  }
}

nameClass(Tensor, "Tensor");

const INSTEAD: Readonly<Record<DataType, string>> = {
  ...{ f32: "Use read().", u32: "Use readUint()." },
  f16: "Convert it in a kernel: f16 tensors are written and read by kernels only.",
};

function ensureReading(tensor: Unchecked, type: DataType, name: string, count: unknown): void {
  if (tensor.type !== type) refuse(`Tensor "${tensor.label}" holds ${tensor.type}, and ${name}() gives ${type}`, INSTEAD[tensor.type]);
  ensureValues(tensor, "read", 0, count);
}

/** Throws INVALID where a range of values is not inside the tensor. */
function ensureValues({ label, shape, size }: Unchecked, verb: string, offset: unknown, count: unknown): void {
  if (isWhole(offset, 0) && isWhole(count, 0) && offset + count <= size) return;
  const range = `${given(count)} values from ${given(offset)} on were to be ${verb}`;
  refuse(`Tensor "${label}" [${shape}] has ${size} values, and ${range}`, "Give whole numbers inside of it.");
}
