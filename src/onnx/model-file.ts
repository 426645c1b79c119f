/** The parts of an ONNX file as objects: nodes, tensors by their place in the file, inputs and outputs (onnx.proto, of the ONNX project). */
import type { ByteSource } from "../nets/weights/byte-source.ts";
import { FormatError } from "../nets/weights/format-error.ts";
import { type Field, integerOf, message, type Range, WireReader } from "./wire.ts";

/** Types of elements, as files number them. */
export const ELEMENTS: Readonly<Record<number, string>> = {
  ...{ 1: "FLOAT", 2: "UINT8", 3: "INT8", 4: "UINT16", 5: "INT16", 6: "INT32", 7: "INT64", 8: "STRING", 9: "BOOL" },
  ...{ 10: "FLOAT16", 11: "DOUBLE", 12: "UINT32", 13: "UINT64", 14: "COMPLEX64", 15: "COMPLEX128", 16: "BFLOAT16" },
  ...{ 17: "FLOAT8E4M3FN", 18: "FLOAT8E4M3FNUZ", 19: "FLOAT8E5M2", 20: "FLOAT8E5M2FNUZ", 21: "UINT4", 22: "INT4", 23: "FLOAT4E2M1" },
};

/** A tensor that the file holds, or says where to find. */
export interface StoredTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** One of ELEMENTS. */
  readonly type: string;
  readonly data: StoredData;
}

/** Little-endian elements; a packed list of varints; numbers one by one; or another file. */
export type StoredData =
  | { readonly kind: "raw" | "varints"; readonly source: ByteSource; readonly range: Range }
  | { readonly kind: "numbers"; readonly numbers: readonly number[] }
  | { readonly kind: "external"; readonly location: string; readonly offset: number; readonly length: number | undefined };

export interface Attribute {
  readonly name: string;
  /** AttributeProto.AttributeType: 1 float, 2 int, 3 string, 4 tensor, 5 graph, 6 floats, 7 ints, 8 strings... */
  readonly type: number;
  readonly float: number;
  readonly integer: number;
  readonly text: string;
  readonly floats: readonly number[];
  readonly integers: readonly number[];
  readonly texts: readonly string[];
  readonly tensor: StoredTensor | undefined;
}

/** One application of an operator. */
export interface ModelNode {
  readonly name: string;
  readonly operator: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, Attribute>;
  /** What exporters add, such as the module that a node belongs to. */
  readonly notes: ReadonlyMap<string, string>;
}

/** An input or output of the graph. */
export interface ModelValue {
  readonly name: string;
  /** One of ELEMENTS; undefined of what is no tensor. */
  readonly type: string | undefined;
  /** A number, or a name where the size is left open; undefined where not even the rank is known. */
  readonly dims: readonly (number | string)[] | undefined;
}

export interface ModelFile {
  readonly name: string;
  readonly irVersion: number;
  readonly producer: string;
  /** Version of every set of operators, by domain; "" is the standard's. */
  readonly opsets: ReadonlyMap<string, number>;
  readonly nodes: readonly ModelNode[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  readonly notes: ReadonlyMap<string, string>;
  /** Names of what the file has and no classifier needs. */
  readonly extras: readonly string[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads all but the weights, of which it notes the place. Throws FormatError. */
export async function readModelFile(source: ByteSource): Promise<ModelFile> {
  const reader = new WireReader(source);
  const model: Mutable<ModelFile> = {
    ...{ name: source.name, irVersion: 0, producer: "", opsets: new Map(), nodes: [], tensors: new Map() },
    ...{ inputs: [], outputs: [], notes: new Map(), extras: [] },
  };
  const [opsets, notes, extras] = [new Map<string, number>(), new Map<string, string>(), new Set<string>()];
  let graphs = 0;
  await reader.fields({ start: 0, end: source.size }, async (field) => {
    if (field.number === 1) model.irVersion = integerOf(field);
    else if (field.number === 2) model.producer = await reader.text(field);
    else if (field.number === 7) {
      graphs++;
      Object.assign(model, await readGraph(reader, message(field), extras));
    } else if (field.number === 8) {
      const opset = await readOpset(reader, message(field));
      opsets.set(opset.domain, opset.version);
    } else if (field.number === 14) await readNote(reader, field, notes);
    else if (field.number === 20) extras.add("training information");
    else if (field.number === 25) extras.add("functions of its own");
  });
  if (graphs !== 1) throw new FormatError(graphs === 0 ? "it has no graph" : `it has ${graphs} graphs`);
  return { ...model, opsets, notes, extras: [...extras] };
}

async function readGraph(reader: WireReader, range: Range, extras: Set<string>) {
  const nodes: ModelNode[] = [];
  const tensors = new Map<string, StoredTensor>();
  const [inputs, outputs]: ModelValue[][] = [[], []];
  await reader.fields(range, async (field) => {
    if (field.number === 1) nodes.push(await readNode(reader, message(field)));
    else if (field.number === 5) {
      const tensor = await readTensor(reader, message(field));
      if (tensors.has(tensor.name)) throw new FormatError(`two of its tensors are called "${tensor.name}"`);
      tensors.set(tensor.name, tensor);
    } else if (field.number === 11) inputs?.push(await readValue(reader, message(field)));
    else if (field.number === 12) outputs?.push(await readValue(reader, message(field)));
    else if (field.number === 14) extras.add("quantisation annotations");
    else if (field.number === 15) extras.add("sparse tensors");
  });
  return { nodes, tensors, inputs, outputs };
}

async function readNode(reader: WireReader, range: Range): Promise<ModelNode> {
  const node = { name: "", operator: "", domain: "" };
  const [inputs, outputs]: [string[], string[]] = [[], []];
  const attributes = new Map<string, Attribute>();
  const notes = new Map<string, string>();
  await reader.fields(range, async (field) => {
    if (field.number === 1) inputs.push(await reader.text(field));
    else if (field.number === 2) outputs.push(await reader.text(field));
    else if (field.number === 3) node.name = await reader.text(field);
    else if (field.number === 4) node.operator = await reader.text(field);
    else if (field.number === 5) {
      const attribute = await readAttribute(reader, message(field));
      if (attributes.has(attribute.name)) throw new FormatError(`node "${node.name}" has two attributes "${attribute.name}"`);
      attributes.set(attribute.name, attribute);
    } else if (field.number === 7) node.domain = standardDomain(await reader.text(field));
    else if (field.number === 9) await readNote(reader, field, notes);
  });
  return { ...node, inputs, outputs, attributes, notes };
}

/** The standard has two names. */
const standardDomain = (domain: string) => (domain === "ai.onnx" ? "" : domain);

async function readAttribute(reader: WireReader, range: Range): Promise<Attribute> {
  const attribute: Mutable<Attribute> = {
    ...{ name: "", type: 0, float: 0, integer: 0, text: "", floats: [], integers: [], texts: [], tensor: undefined },
  };
  const [floats, integers, texts]: [number[], bigint[], string[]] = [[], [], []];
  const float: number[] = [];
  await reader.fields(range, async (field) => {
    if (field.number === 1) attribute.name = await reader.text(field);
    else if (field.number === 2) await reader.floats(field, float);
    else if (field.number === 3) attribute.integer = integerOf(field);
    else if (field.number === 4) attribute.text = await reader.text(field);
    else if (field.number === 5) attribute.tensor = await readTensor(reader, message(field));
    else if (field.number === 7) await reader.floats(field, floats);
    else if (field.number === 8) await reader.integers(field, integers);
    else if (field.number === 9) texts.push(await reader.text(field));
    else if (field.number === 20) attribute.type = integerOf(field);
  });
  return { ...attribute, float: float.at(-1) ?? 0, floats, integers: integers.map(Number), texts };
}

async function readTensor(reader: WireReader, range: Range): Promise<StoredTensor> {
  const { source } = reader;
  const dims: bigint[] = [];
  let [type, name, external] = [0, "", false];
  const place = new Map<string, string>();
  const numbers: number[] = [];
  let data: StoredData | undefined;
  const keep = (kind: "raw" | "varints", field: Field) => {
    if (data && field.end > field.start) throw new FormatError(`tensor "${name}" has its data twice`);
    data = { kind, source, range: message(field) };
  };
  await reader.fields(range, async (field) => {
    const { number } = field;
    if (number === 1) await reader.integers(field, dims, 64);
    else if (number === 2) type = integerOf(field);
    else if (number === 8) name = await reader.text(field);
    else if (number === 9) keep("raw", field);
    else if (number === 4 || number === 10) {
      if (field.wire === 2) keep("raw", field);
      else numbers.push(await readNumber(reader, field));
    } else if (number === 5 || number === 7 || number === 11) {
      if (field.wire === 2) keep("varints", field);
      else numbers.push(integerOf(field));
    } else if (number === 13) await readNote(reader, field, place);
    else if (number === 14) external = integerOf(field) === 1;
  });
  if (dims.some((extent) => extent < 0n || extent > 1n << 40n))
    throw new FormatError(`tensor "${name}" has the shape [${dims.join(", ")}]`);
  const element = ELEMENTS[type];
  if (element === undefined) throw new FormatError(`tensor "${name}" is of the unknown type ${type}`);
  const inFile: StoredData = data ?? { kind: "numbers", numbers };
  return { name, dims: dims.map(Number), type: element, data: external ? externalData(name, place) : inFile };
}

async function readNumber(reader: WireReader, field: Field): Promise<number> {
  const bytes = await reader.bits(field);
  if (bytes.length !== 4 && bytes.length !== 8) throw new FormatError("numbers are kept as something else");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return bytes.length === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
}

function externalData(tensor: string, place: ReadonlyMap<string, string>): StoredData {
  const location = place.get("location");
  if (!location) throw new FormatError(`tensor "${tensor}" is in another file, and nothing says which`);
  const number = (key: string) => {
    const text = place.get(key);
    if (text !== undefined && !/^\d{1,15}$/.test(text)) throw new FormatError(`tensor "${tensor}" has the ${key} "${text}"`);
    return text === undefined ? undefined : Number(text);
  };
  return { kind: "external", location, offset: number("offset") ?? 0, length: number("length") };
}

async function readValue(reader: WireReader, range: Range): Promise<ModelValue> {
  const value: Mutable<ModelValue> = { name: "", type: undefined, dims: undefined };
  await reader.fields(range, async (field) => {
    if (field.number === 1) value.name = await reader.text(field);
    else if (field.number === 2) {
      await reader.fields(message(field), async (kind) => {
        if (kind.number === 1) Object.assign(value, await readTensorType(reader, message(kind)));
      });
    }
  });
  return value;
}

async function readTensorType(reader: WireReader, range: Range): Promise<Pick<ModelValue, "type" | "dims">> {
  let type: string | undefined;
  let dims: (number | string)[] | undefined;
  await reader.fields(range, async (field) => {
    if (field.number === 1) type = ELEMENTS[integerOf(field)] ?? "an unknown type";
    else if (field.number === 2) {
      const extents: (number | string)[] = [];
      await reader.fields(message(field), async (extent) => {
        if (extent.number === 1) extents.push(await readExtent(reader, message(extent)));
      });
      dims = extents;
    }
  });
  return { type, dims };
}

async function readExtent(reader: WireReader, range: Range): Promise<number | string> {
  let extent: number | string = "";
  await reader.fields(range, async (field) => {
    if (field.number === 1) extent = integerOf(field);
    else if (field.number === 2) extent = await reader.text(field);
  });
  // Some exporters write -1 or 0 for a size that is left open.
  return typeof extent === "number" && extent <= 0 ? "" : extent;
}

async function readOpset(reader: WireReader, range: Range): Promise<{ domain: string; version: number }> {
  const opset = { domain: "", version: 0 };
  await reader.fields(range, async (field) => {
    if (field.number === 1) opset.domain = standardDomain(await reader.text(field));
    else if (field.number === 2) opset.version = integerOf(field);
  });
  return opset;
}

/** A key and its value, both texts. */
async function readNote(reader: WireReader, field: Field, into: Map<string, string>): Promise<void> {
  const note = { key: "", value: "" };
  await reader.fields(message(field), async (part) => {
    if (part.number === 1) note.key = await reader.text(part);
    else if (part.number === 2) note.value = await reader.text(part);
  });
  into.set(note.key, note.value);
}

export const isInteger = (type: string) => /^U?INT(8|16|32|64)$/.test(type);
