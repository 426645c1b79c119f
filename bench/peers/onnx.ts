/** Writes ONNX's model file, as far as the benchmark needs it (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Whole numbers, or lists of them. */
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
  /** Attributes that are any numbers. */
  readonly floats?: Readonly<Record<string, number>>;
  /** Of the operator; the standard's own by default. */
  readonly domain?: typeof MICROSOFT;
}

export interface OnnxValue {
  readonly name: string;
  readonly dims: readonly number[];
}

export interface OnnxConstant extends OnnxValue {
  readonly values: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
  /** Kept out of the file: whoever loads it hands over the bytes under the constant's name. */
  readonly external: boolean;
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
  readonly nodes: readonly OnnxNode[];
}

/** Version of the operators, and the oldest of the file format that knows it. */
const OPSET = 17;
const IR_VERSION = 8;

/** The domain of operators that onnxruntime adds to the standard. */
export const MICROSOFT = "com.microsoft";

const FLOAT = 1;
const INT64 = 7;
const EXTERNAL = 1;
const ATTRIBUTE_FLOAT = 1;
const ATTRIBUTE_INT = 2;
const ATTRIBUTE_INTS = 7;

class Message extends BinaryWriter {
  integer(field: number, value: number): this {
    this.tag(field, WireType.Varint).int64(value);
    return this;
  }

  real(field: number, value: number): this {
    this.tag(field, WireType.Bit32).float(value);
    return this;
  }

  text(field: number, value: string): this {
    this.tag(field, WireType.LengthDelimited).string(value);
    return this;
  }

  data(field: number, value: Uint8Array): this {
    this.tag(field, WireType.LengthDelimited).bytes(value);
    return this;
  }

  message(field: number, write: (message: this) => void): this {
    this.tag(field, WireType.LengthDelimited).fork();
    write(this);
    this.join();
    return this;
  }
}

function writeNode(message: Message, { op, inputs, output, attributes = {}, floats = {}, domain }: OnnxNode): void {
  for (const input of inputs) message.text(1, input);
  message
    .text(2, output)
    .text(3, output)
    .text(4, op)
    .text(7, domain ?? "");
  for (const [name, value] of Object.entries(floats)) {
    message.message(5, (attribute) => attribute.text(1, name).real(2, value).integer(20, ATTRIBUTE_FLOAT));
  }
  for (const [name, value] of Object.entries(attributes)) {
    message.message(5, (attribute) => {
      attribute.text(1, name);
      if (typeof value === "number") attribute.integer(3, value).integer(20, ATTRIBUTE_INT);
      else {
        for (const item of value) attribute.integer(8, item);
        attribute.integer(20, ATTRIBUTE_INTS);
      }
    });
  }
}

function writeConstant(message: Message, { name, dims, values, external }: OnnxConstant): void {
  for (const extent of dims) message.integer(1, extent);
  message.integer(2, values instanceof Float32Array ? FLOAT : INT64).text(8, name);
  if (!external) message.data(9, bytesOf(values));
  else {
    for (const [key, value] of Object.entries({ location: name, offset: "0", length: `${values.byteLength}` })) {
      message.message(13, (entry) => entry.text(1, key).text(2, value));
    }
    message.integer(14, EXTERNAL);
  }
}

function bytesOf(values: OnnxConstant["values"]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function writeValue(message: Message, { name, dims }: OnnxValue): void {
  message.text(1, name).message(2, (type) =>
    type.message(1, (tensor) =>
      tensor.integer(1, FLOAT).message(2, (shape) => {
        for (const extent of dims) shape.message(1, (dim) => dim.integer(1, extent));
      }),
    ),
  );
}

/** The bytes of a model file. */
export function writeModel(graph: OnnxGraph): Uint8Array {
  const model = new Message();
  model.integer(1, IR_VERSION).message(7, (body) => {
    for (const node of graph.nodes) body.message(1, (message) => writeNode(message, node));
    body.text(2, "graph");
    for (const constant of graph.constants) body.message(5, (message) => writeConstant(message, constant));
    for (const input of graph.inputs) body.message(11, (message) => writeValue(message, input));
    for (const output of graph.outputs) body.message(12, (message) => writeValue(message, output));
  });
  model.message(8, (opset) => opset.integer(2, OPSET));
  model.message(8, (opset) => opset.text(1, MICROSOFT).integer(2, 1));
  return model.finish();
}

/** What the model file leaves out, as a session of onnxruntime-web takes it. */
export function externalData({ constants }: OnnxGraph): { path: string; data: Uint8Array<ArrayBuffer> }[] {
  return constants.filter(({ external }) => external).map(({ name, values }) => ({ path: name, data: bytesOf(values) }));
}
