/** The parts of an ONNX file as objects: nodes, tensors by their place in the file, inputs and outputs (onnx.proto, of the ONNX project). */
import type { ByteSource } from "../nets/weights/byte-source.ts";
import { FormatError } from "../nets/weights/format-error.ts";
import { type Attribute, readAttribute } from "./attributes.ts";
import { ELEMENTS, readNote, readTensor, type StoredTensor } from "./stored-tensor.ts";
import { integerOf, message, type Range, WireReader } from "./wire.ts";

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
  /** What it says of values in between. */
  readonly values: readonly ModelValue[];
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
    ...{ inputs: [], outputs: [], values: [], notes: new Map(), extras: [] },
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
    else if (field.number === 26) await reader.skip(field);
  });
  if (graphs !== 1) throw new FormatError(graphs === 0 ? "it has no graph" : `it has ${graphs} graphs`);
  return { ...model, opsets, notes, extras: [...extras] };
}

async function readGraph(reader: WireReader, range: Range, extras: Set<string>) {
  const nodes: ModelNode[] = [];
  const tensors = new Map<string, StoredTensor>();
  const [inputs, outputs, values]: [ModelValue[], ModelValue[], ModelValue[]] = [[], [], []];
  const names = new Set<string>();
  await reader.fields(range, async (field) => {
    if (field.number === 1) {
      const node = await readNode(reader, message(field));
      if (node.name !== "" && names.has(node.name)) throw new FormatError(`two of its nodes are called "${node.name}"`);
      names.add(node.name);
      nodes.push(node);
    } else if (field.number === 5) {
      const tensor = await readTensor(reader, message(field));
      if (tensors.has(tensor.name)) throw new FormatError(`two of its tensors are called "${tensor.name}"`);
      tensors.set(tensor.name, tensor);
    } else if (field.number === 11) inputs.push(await readValue(reader, message(field)));
    else if (field.number === 12) outputs.push(await readValue(reader, message(field)));
    else if (field.number === 13) values.push(await readValue(reader, message(field)));
    else if (field.number === 14) extras.add("quantisation annotations");
    else if (field.number === 15) extras.add("sparse tensors");
    else if (field.number === 16) await reader.skip(field);
  });
  return { nodes, tensors, inputs, outputs, values };
}

/** Most nodes have no notes, and many no attributes. */
const NONE: ReadonlyMap<string, never> = new Map<string, never>();

async function readNode(reader: WireReader, range: Range): Promise<ModelNode> {
  const node = { name: "", operator: "", domain: "" };
  const [inputs, outputs]: [string[], string[]] = [[], []];
  let [attributes, notes]: [Map<string, Attribute> | undefined, Map<string, string> | undefined] = [undefined, undefined];
  await reader.fields(range, async (field) => {
    if (field.number === 1) inputs.push(await reader.text(field));
    else if (field.number === 2) outputs.push(await reader.text(field));
    else if (field.number === 3) node.name = await reader.text(field);
    else if (field.number === 4) node.operator = await reader.text(field);
    else if (field.number === 5) {
      const attribute = await readAttribute(reader, message(field));
      attributes ??= new Map();
      if (attributes.has(attribute.name)) throw new FormatError(`node "${node.name}" has two attributes "${attribute.name}"`);
      attributes.set(attribute.name, attribute);
    } else if (field.number === 7) node.domain = standardDomain(await reader.text(field));
    else if (field.number === 9) {
      notes ??= new Map();
      await readNote(reader, field, notes);
    } else if (field.number === 10) await reader.skip(field);
  });
  if (node.operator === "") throw new FormatError("a node has no operator");
  return { ...node, inputs, outputs, attributes: attributes ?? NONE, notes: notes ?? NONE };
}

/** The standard has two names. */
const standardDomain = (domain: string) => (domain === "ai.onnx" ? "" : domain);

/** Throws FormatError for a part that comes again: others would put the two together. */
function requireOnce(known: unknown, what: string): void {
  if (known !== undefined) throw new FormatError(`a value has two ${what}s`);
}

/** Of sequences, maps and the like. */
const OTHER_TYPES = new Set([4, 5, 7, 8, 9]);

async function readValue(reader: WireReader, range: Range): Promise<ModelValue> {
  const value: Mutable<ModelValue> = { name: "", type: undefined, dims: undefined };
  await reader.fields(range, async (field) => {
    if (field.number === 1) value.name = await reader.text(field);
    else if (field.number === 2) {
      await reader.fields(message(field), async (kind) => {
        if (kind.number === 1) {
          requireOnce(value.type, "type");
          Object.assign(value, await readTensorType(reader, message(kind)));
        } else if (OTHER_TYPES.has(kind.number)) await reader.skip(kind);
      });
    } else if (field.number === 4) await reader.skip(field);
  });
  return value;
}

async function readTensorType(reader: WireReader, range: Range): Promise<Pick<ModelValue, "type" | "dims">> {
  let type: string | undefined;
  let dims: (number | string)[] | undefined;
  await reader.fields(range, async (field) => {
    if (field.number === 1) type = ELEMENTS[integerOf(field)];
    else if (field.number === 2) {
      requireOnce(dims, "shape");
      const extents: (number | string)[] = [];
      await reader.fields(message(field), async (extent) => {
        if (extent.number === 1) extents.push(await readExtent(reader, message(extent)));
      });
      dims = extents;
    }
  });
  if (type === undefined) throw new FormatError("a value does not say of which type it is");
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
