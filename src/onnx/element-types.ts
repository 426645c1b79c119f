/** Element types through the graph, by the standard's signatures: a damaged or invented file whose types do not go together is none. */
import { FormatError } from "../nets/weights/format-error.ts";
import type { ModelFile, ModelNode } from "./model-file.ts";
import { isKnown } from "./schema.ts";
import { ELEMENTS } from "./stored-tensor.ts";

type Types = readonly string[];

const FLOATS: Types = ["FLOAT", "FLOAT16", "BFLOAT16", "DOUBLE"];
const INDICES: Types = ["INT32", "INT64"];
const LENGTHS: Types = ["INT64"];
const TRUTHS: Types = ["BOOL"];
const NUMBERS: Types = [...FLOATS, "INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64"];
const ANY: Types = Object.values(ELEMENTS);

const of = (types: readonly (Types | "same")[], ...operators: readonly string[]) => operators.map((operator) => [operator, types] as const);

/** Types of inputs, "same" for that of the first; of operators of which not all inputs are of one type. */
const SIGNATURES: ReadonlyMap<string, readonly (Types | "same")[]> = new Map([
  ...of([ANY, LENGTHS], "Reshape", "Expand", "Tile", "Squeeze", "Unsqueeze", "Split"),
  ...of([NUMBERS, LENGTHS], "ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceL2"),
  ...of([ANY, INDICES, INDICES, INDICES, INDICES], "Slice"),
  ...of([ANY, LENGTHS, "same", INDICES], "Pad"),
  ...of([ANY, INDICES], "Gather"),
  ...of([ANY, FLOATS, ["FLOAT"], LENGTHS], "Resize"),
  ...of([ANY, ["FLOAT"]], "Upsample"),
  ...of([ANY, ANY], "CastLike"),
  ...of([NUMBERS, NUMBERS], "Pow"),
  ...of([TRUTHS, ANY, ANY], "Where"),
  ...of([TRUTHS, TRUTHS], "And", "Or", "Not"),
  ...of([LENGTHS], "ConstantOfShape"),
  ...of([FLOATS, FLOATS, TRUTHS], "Dropout"),
  ...of([FLOATS, FLOATS, FLOATS, FLOATS, FLOATS], "BatchNormalization"),
]);

/** Operators that compute with floats only. */
const OF_FLOATS = new Set([
  ...["Conv", "Gemm", "MatMul", "MaxPool", "AveragePool", "GlobalAveragePool", "GlobalMaxPool", "LRN", "LayerNormalization", "PRelu"],
  ...["Sigmoid", "Tanh", "Erf", "Exp", "Log", "Sqrt", "Softplus", "Softsign", "Mish", "HardSwish", "HardSigmoid", "Gelu", "LeakyRelu"],
  ...["ThresholdedRelu", "Elu", "Celu", "Selu", "Softmax", "LogSoftmax", "Reciprocal", "Floor", "Ceil"],
]);

/** What a node gives, where that is not what it takes. */
const RESULTS: Readonly<Record<string, (node: ModelNode, inputs: readonly (string | undefined)[]) => string | undefined>> = {
  ...Object.fromEntries(["Shape", "Size"].map((operator) => [operator, () => "INT64"])),
  ...Object.fromEntries(["Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"].map((operator) => [operator, () => "BOOL"])),
  Cast: ({ attributes }) => ELEMENTS[attributes.get("to")?.integer ?? 0] ?? "",
  CastLike: (_, inputs) => inputs[1],
  Where: (_, inputs) => inputs[1],
  ConstantOfShape: ({ attributes }) => attributes.get("value")?.tensor?.type ?? "FLOAT",
  Constant: ({ attributes }) => constantType(attributes),
};

function constantType(attributes: ModelNode["attributes"]): string | undefined {
  if (attributes.has("value_float") || attributes.has("value_floats")) return "FLOAT";
  if (attributes.has("value_int") || attributes.has("value_ints")) return "INT64";
  return attributes.get("value")?.tensor?.type;
}

/** Throws FormatError where a node takes, or gives, what it cannot. Nodes of operators that are not known give anything. */
export function requireTypes({ nodes, tensors, inputs, outputs, values }: ModelFile): void {
  const types = new Map<string, string | undefined>();
  for (const { name, type } of inputs) types.set(name, type);
  for (const [name, { type }] of tensors) types.set(name, type);
  const declared = new Map([...values, ...outputs].map(({ name, type }) => [name, type]));
  for (const node of nodes) {
    if (!isKnown(node)) continue;
    const given = node.inputs.map((name) => types.get(name));
    requireInputs(node, given);
    const result = RESULTS[node.operator];
    const type = result ? result(node, given) : given[0];
    if (type === "") throw new FormatError(`the node "${node.name || node.operator}" turns numbers into no type that is known`);
    // Other outputs are masks and places, but for the parts of Split.
    for (const name of node.operator === "Split" ? node.outputs : node.outputs.slice(0, 1)) {
      types.set(name, type);
      const said = declared.get(name);
      if (type !== undefined && said !== undefined && said !== type) {
        throw new FormatError(`"${name}" is declared as ${said}, and its node gives ${type}`);
      }
    }
  }
}

function requireInputs(node: ModelNode, given: readonly (string | undefined)[]): void {
  const signature = SIGNATURES.get(node.operator);
  const [first] = given;
  for (const [at, type] of given.entries()) {
    if (type === undefined) continue;
    const own = signature ? (signature[at] ?? ANY) : at === 0 ? (OF_FLOATS.has(node.operator) ? FLOATS : ANY) : "same";
    const fits = own === "same" ? first === undefined || type === first : own.includes(type);
    if (!fits)
      throw new FormatError(`input ${at + 1} of the node "${node.name || node.operator}" is of type ${type}, which it does not take`);
  }
}
