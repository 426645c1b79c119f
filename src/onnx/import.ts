/** Imports an ONNX classifier: its graph becomes a net of ours, and its weights stay in the file until they are asked for. */
import { EngineError } from "../engine/errors.ts";
import type { Node, Shape } from "../graph/graph.ts";
import type { ByteSource } from "../nets/weights/byte-source.ts";
import { FormatError } from "../nets/weights/format-error.ts";
import type { WeightSource } from "../ops/weight-source.ts";
import { nchw, nhwc } from "./axes.ts";
import { Call, type Importer } from "./call.ts";
import { constantOf } from "./constants.ts";
import { requireTypes } from "./element-types.ts";
import { FOLDS } from "./fold.ts";
import { activationOf, X } from "./formula.ts";
import { layerName } from "./layer-names.ts";
import { type ModelFile, type ModelNode, type ModelValue, readModelFile } from "./model-file.ts";
import { NetBuilder } from "./net-builder.ts";
import { OPERATORS } from "./operators/index.ts";
import { type Obstacle, refuseKinds, spoiltModel, unfitModel, unsupportedNodes } from "./refusals.ts";
import { requireSchema } from "./schema.ts";
import type { StoredTensor } from "./stored-tensor.ts";
import { isConstant, Missing, NetValue, Probability, Unsupported, type Value } from "./values.ts";
import { sourceOf } from "./weight-source.ts";

/** A classifier as its ONNX file describes it. */
export interface ImportedModel {
  readonly file: ModelFile;
  readonly net: readonly Node[];
  readonly weights: WeightSource;
  /** What its last layer was, which is not part of the net; undefined where it ends in logits, or says nothing. */
  readonly outputs: "softmax" | "sigmoid" | undefined;
  /** Whether the file leaves the image's size open. */
  readonly anySize: boolean;
}

export interface ImportOptions {
  /** Of the image, where the file leaves it open; 224 by default. */
  readonly height?: number | undefined;
  readonly width?: number | undefined;
  /** Files that the model refers to, by their names in it. */
  readonly files?: ReadonlyMap<string, ByteSource> | undefined;
}

/** Files that hold weights of the model, by the names that it gives them. */
export function externalFiles({ tensors }: ModelFile): string[] {
  return [...new Set([...tensors.values()].flatMap(({ data }) => (data.kind === "external" ? [data.location] : [])))];
}

/** Reads a model's file, all but its weights. Throws BAD_MODEL. */
export async function openModel(source: ByteSource): Promise<ModelFile> {
  try {
    return await readModelFile(source);
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const { insteadOfOnnx } = await import("../nets/weights/other-formats.ts");
    const other = insteadOfOnnx(await source.read(0, Math.min(source.size, 64)));
    throw spoiltModel(source.name, other?.what ?? cause.message, { cause, ...other });
  }
}

/** Throws BAD_MODEL: for a damaged file, for what is no image classifier, and with all that cannot be imported in one list. */
export async function importModel(file: ModelFile, options: ImportOptions = {}): Promise<ImportedModel> {
  refuseKinds(file);
  try {
    return await new ModelImport(file, options).run();
  } catch (cause) {
    if (cause instanceof FormatError || cause instanceof Unsupported) throw spoiltModel(file.name, cause.message, { cause });
    throw cause;
  }
}

class ModelImport {
  readonly #file: ModelFile;
  readonly #options: ImportOptions;
  readonly #values = new Map<string, Value>();
  readonly #obstacles: Obstacle[] = [];

  constructor(file: ModelFile, options: ImportOptions) {
    this.#file = file;
    this.#options = options;
  }

  async run(): Promise<ImportedModel> {
    const file = this.#file;
    const { tensors } = file;
    const files = this.#options.files ?? new Map();
    for (const [name, tensor] of tensors) this.#values.set(name, constantOf(tensor, files));
    for (const input of file.inputs) requireDeclared(input, tensors.get(input.name));
    const inputs = file.inputs.filter(({ name }) => !tensors.has(name));
    const [input] = inputs;
    if (!input || inputs.length > 1) {
      const given = inputs.map(describeValue).join(", ");
      throw unfitModel(
        file.name,
        input ? `takes ${inputs.length} inputs: ${given}` : "takes no input",
        "Give an image classifier: it takes one image.",
      );
    }
    const [output] = file.outputs;
    if (!output || file.outputs.length > 1) {
      const given = file.outputs.map(describeValue).join(", ");
      const what = output ? `gives ${file.outputs.length} outputs: ${given}` : "gives no output";
      throw unfitModel(file.name, what, "Export it with one output: a number a class.");
    }
    const { shape, batch, isLast, anySize } = this.#imageOf(input);
    const builder = new NetBuilder(batch);
    const image = builder.graph.input(shape, builder.label(input.name || "input"));
    this.#values.set(input.name, builder.value(image, (isLast ? nhwc : nchw)(shape, batch)));
    requireTypes(file);
    await this.#importNodes(builder, output.name);
    if (this.#obstacles.length > 0) throw unsupportedNodes(file.name, this.#obstacles);
    const { node, outputs } = this.#logits(builder, output);
    return { file, net: ancestors(node), weights: sourceOf(file.name, builder.constants), outputs, anySize };
  }

  /** The image that an input is. Throws BAD_MODEL where it is none. */
  #imageOf(input: ModelValue): { shape: Shape; batch: number; isLast: boolean; anySize: boolean } {
    const { name } = this.#file;
    const { type, dims = ["", "", "", ""] } = input;
    const refuse = (why: string) =>
      unfitModel(name, `takes ${describeValue(input)}, ${why}`, "Give an image classifier: it takes images in float32.");
    if (type !== "FLOAT" && type !== "FLOAT16") throw refuse("which is no image of floats");
    if (dims.length !== 4) throw refuse("which is no batch of images");
    const isColour = (extent: number | string | undefined) => extent === 1 || extent === 3;
    const isLast = isColour(dims[3]) && !isColour(dims[1]);
    const [batch, first, second, third] = dims as [number | string, number | string, number | string, number | string];
    const [height, width, channels] = isLast ? [first, second, third] : [second, third, first];
    const { height: givenHeight, width: givenWidth } = this.#options;
    const side = (extent: number | string, given: number | undefined, what: string) => {
      if (typeof extent === "string") return given ?? 224;
      if (given === undefined || given === extent) return extent;
      throw new EngineError(
        "BAD_OPTION",
        `${name} takes images of a ${what} of ${extent} pixels, not ${given}.`,
        "Leave the size to the file, or export it for another.",
      );
    };
    const depth = typeof channels === "number" ? channels : (this.#channelsOf(input.name) ?? 3);
    const shape: Shape = [side(height, givenHeight, "height"), side(width, givenWidth, "width"), depth];
    if (shape.some((extent) => extent > 4096)) throw refuse("which is larger than 4096 pixels a side");
    return {
      shape,
      batch: typeof batch === "number" ? batch : 1,
      isLast,
      anySize: [height, width].some((extent) => typeof extent === "string"),
    };
  }

  /** As many channels as the convolution that reads the input takes. */
  #channelsOf(input: string): number | undefined {
    const conv = this.#file.nodes.find(({ operator, inputs }) => operator === "Conv" && inputs[0] === input);
    const weight = conv && this.#values.get(conv.inputs[1] ?? "");
    return weight?.dims?.[1];
  }

  async #importNodes(builder: NetBuilder, output: string): Promise<void> {
    const live = needed(this.#file, output);
    const given = new Set(this.#values.keys());
    for (const node of this.#file.nodes) {
      for (const name of node.outputs) {
        if (given.has(name)) throw new FormatError(`"${name}" is given twice`);
        if (name !== "") given.add(name);
      }
      const isValid = this.#isValid(node);
      if (!live.has(node)) continue;
      const inputs = node.inputs.map((name) => this.#valueOf(node, name));
      // Absent inputs at the end are as if they were not listed.
      while (inputs.length > 0 && inputs.at(-1) === undefined) inputs.pop();
      const outputs = isValid ? await this.#importNode(builder, node, inputs) : [];
      for (const [at, name] of node.outputs.entries()) {
        this.#values.set(name, outputs[at] ?? new Missing());
      }
    }
  }

  /** Whether a node is as the standard has it; if not, it is noted. */
  #isValid(node: ModelNode): boolean {
    try {
      requireSchema(node, this.#file.opsets.get("") as number);
      return true;
    } catch (cause) {
      if (!(cause instanceof FormatError)) throw cause;
      this.#obstacles.push({ node, what: cause.message, fix: undefined });
      return false;
    }
  }

  #valueOf(node: ModelNode, name: string): Value | undefined {
    if (name === "") return undefined;
    const value = this.#values.get(name);
    if (!value) throw new FormatError(`the node "${node.name || node.operator}" reads "${name}", which nothing before it gives`);
    return value;
  }

  /** What a node gives; nothing where it cannot be imported, which is noted. */
  async #importNode(builder: NetBuilder, node: ModelNode, inputs: readonly (Value | undefined)[]): Promise<readonly Value[]> {
    const folds = inputs.length > 0 && inputs.every((value) => value === undefined || isConstant(value));
    const [fold, importer] = [foldOf(node), importerOf(node)];
    const known = (folds ? fold : undefined) ?? importer;
    // What was to come of it is unknown, but it is known whether it can be imported.
    if ((fold ?? importer) && inputs.some((value) => value instanceof Missing)) return [];
    if (!known) {
      this.#obstacles.push({ node, what: nameUnknown(node), fix: undefined });
      return [];
    }
    const opset = this.#file.opsets.get("") as number;
    const files = this.#options.files ?? new Map();
    const call = new Call(node, inputs, opset, builder, layerName(node), (tensor) => constantOf(tensor, files));
    try {
      const given = await known(call);
      call.requireAllRead();
      return Array.isArray(given) ? given : [given as Value];
    } catch (cause) {
      const isInvalid = cause instanceof EngineError && cause.code === "INVALID";
      if (!isInvalid && !(cause instanceof Unsupported) && !(cause instanceof FormatError)) throw cause;
      const fix = cause instanceof Unsupported ? cause.fix : undefined;
      this.#obstacles.push({ node, what: cause.message.replace(/\.$/, ""), fix });
      return [];
    }
  }

  /** The last layer before probabilities. Throws BAD_MODEL where it gives no number a class. */
  #logits(builder: NetBuilder, output: ModelValue): { node: Node; outputs: ImportedModel["outputs"] } {
    const { name } = this.#file;
    const refuse = (what: string) => unfitModel(name, what, "Give an image classifier: it gives one number a class.");
    let value = this.#values.get(output.name);
    let outputs: ImportedModel["outputs"];
    if (value instanceof Probability) [outputs, value] = [value.outputs, value.of];
    if (!(value instanceof NetValue)) throw refuse("has an output that does not depend on its input");
    const { formula } = value;
    if (formula.kind === "unary" && formula.name === "Sigmoid") {
      [outputs, value] = ["sigmoid", new NetValue(value.node, value.axes, value.label, formula.of)];
    } else if (formula.kind !== "x" && activationOf(formula) === "sigmoid") {
      [outputs, value] = ["sigmoid", new NetValue(value.node, value.axes, value.label, X)];
    }
    const node = builder.settle(value);
    const [height, width, classes] = node.shape;
    if (height * width > 1) throw refuse(`gives ${classes} numbers for each of ${height} x ${width} positions`);
    if (node.inputs.length === 0) throw refuse("gives its input");
    return {
      node: builder.inOrder(
        node,
        value.axes.flat().filter(({ of }) => of === "channels"),
        value.label,
      ),
      outputs,
    };
  }
}

const importerOf = ({ domain, operator }: ModelNode): Importer | undefined => own(own(OPERATORS, domain) ?? {}, operator);

/** Of operators on constants alone. */
const foldOf = ({ domain, operator }: ModelNode): Importer | undefined => (domain === "" ? own(FOLDS, operator) : undefined);

const nameUnknown = ({ domain }: ModelNode) =>
  domain === "" ? "no operator that is known" : `an operator of ${domain}, none of the standard`;

const own = <T>(table: Readonly<Record<string, T>>, name: string): T | undefined => (Object.hasOwn(table, name) ? table[name] : undefined);

/** Throws FormatError where an input is also a tensor, of another shape or type than it says. */
function requireDeclared({ name, type, dims }: ModelValue, tensor: StoredTensor | undefined): void {
  if (!tensor) return;
  const fits =
    dims === undefined ||
    (dims.length === tensor.dims.length && dims.every((extent, at) => typeof extent === "string" || extent === tensor.dims[at]));
  if (!fits || (type !== undefined && type !== tensor.type))
    throw new FormatError(`the input "${name}" is declared otherwise than the tensor of that name`);
}

/** The nodes that the output depends on. */
function needed({ nodes }: ModelFile, output: string): ReadonlySet<ModelNode> {
  const wanted = new Set([output]);
  const kept = new Set<ModelNode>();
  for (const node of nodes.toReversed()) {
    if (!node.outputs.some((name) => name !== "" && wanted.has(name))) continue;
    for (const name of node.inputs) wanted.add(name);
    kept.add(node);
  }
  return kept;
}

/** A node and all that it is computed of, in order. */
function ancestors(output: Node): Node[] {
  const found = new Set<Node>([output]);
  for (const node of found) for (const input of node.inputs) found.add(input);
  return [...found].sort((a, b) => a.index - b.index);
}

const describeValue = ({ name, type, dims }: ModelValue): string =>
  `"${name}" (${type ?? "no tensor"}${dims ? ` of [${dims.map((extent) => (extent === "" ? "?" : extent)).join(", ")}]` : ""})`;
