/** Which inputs and attributes operators have in each version of the standard, from opset 7 on (ONNX: Operators.md and Changelog.md). */
import { FormatError } from "../nets/weights/format-error.ts";
import type { ModelNode } from "./model-file.ts";

/**
 * A line an operator, or a range of its versions: `Name@first-last inputs attribute attribute...`. An attribute may have a range, too, and ! where
 * it must be there; inputs are a number, a range, or + for any number from there on.
 */
const OPERATORS = `
Abs 1
Add 2
And 2
AveragePool 1 auto_pad kernel_shape! pads strides count_include_pad ceil_mode@10 dilations@19
BatchNormalization 5 epsilon momentum spatial@7-8 training_mode@14
Cast 1 to! saturate@19 round_mode@24
CastLike@15 2 saturate@19 round_mode@24
Ceil 1
Celu@12 1 alpha
Clip@7-10 1 min max
Clip@11 1-3
Concat 1+ axis!
Constant 0 value sparse_value@11 value_float@12 value_floats@12 value_int@12 value_ints@12 value_string@12 value_strings@12
ConstantOfShape@9 1 value
Conv 2-3 auto_pad dilations group kernel_shape pads strides
Div 2
Dropout@7-11 1 ratio
Dropout@12 1-3 seed
Elu 1 alpha
Equal 2
Erf@9 1
Exp 1
Expand@8 2
Flatten 1 axis
Floor 1
Gather 2 axis
Gelu@20 1 approximate
Gemm@7-10 3 alpha beta transA transB
Gemm@11 2-3 alpha beta transA transB
GlobalAveragePool 1
GlobalMaxPool 1
Greater 2
GreaterOrEqual@12 2
HardSigmoid 1 alpha beta
HardSwish@14 1
Identity 1
LRN 1 alpha beta bias size!
LayerNormalization@17 2-3 axis epsilon stash_type
LeakyRelu 1 alpha
Less 2
LessOrEqual@12 2
Log 1
LogSoftmax 1 axis
MatMul 2
Max 1+
MaxPool 1 auto_pad kernel_shape! pads strides storage_order@8 ceil_mode@10 dilations@10
Min 1+
Mish@18 1
Mod@10 2 fmod
Mul 2
Neg 1
Not 1
Or 2
PRelu 2
Pad@7-10 1 mode pads! value
Pad@11-17 2-3 mode
Pad@18 2-4 mode
Pow 2
Range@11 3
Reciprocal 1
ReduceL2@7-17 1 axes keepdims
ReduceL2@18 1-2 keepdims noop_with_empty_axes
ReduceMax@7-17 1 axes keepdims
ReduceMax@18 1-2 keepdims noop_with_empty_axes
ReduceMean@7-17 1 axes keepdims
ReduceMean@18 1-2 keepdims noop_with_empty_axes
ReduceMin@7-17 1 axes keepdims
ReduceMin@18 1-2 keepdims noop_with_empty_axes
ReduceProd@7-17 1 axes keepdims
ReduceProd@18 1-2 keepdims noop_with_empty_axes
ReduceSum@7-12 1 axes keepdims
ReduceSum@13 1-2 keepdims noop_with_empty_axes
Relu 1
Reshape 2 allowzero@14
Resize@10-10 2 mode
Resize@11-12 3-4 coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value mode nearest_mode
Resize@13 1-4 coordinate_transformation_mode cubic_coeff_a exclude_outside extrapolation_value mode nearest_mode antialias@18 axes@18 keep_aspect_ratio_policy@18
Selu 1 alpha gamma
Shape 1 start@15 end@15
Sigmoid 1
Size 1
Slice@7-9 1 axes starts! ends!
Slice@10 3-5
Softmax 1 axis
Softplus 1
Softsign 1
Split@7-12 1 axis split
Split@13 1-2 axis num_outputs@18
Sqrt 1
Squeeze@7-12 1 axes
Squeeze@13 1-2
Sub 2
Sum 1+
Swish@24 1 alpha
Tanh 1
ThresholdedRelu@10 1 alpha
Transpose 1 perm
Unsqueeze@7-12 1 axes!
Unsqueeze@13 2
Upsample@7-8 1 mode scales!
Upsample@9-9 2 mode
Where@9 3
com.microsoft.Gelu 1
com.microsoft.FastGelu 1
com.microsoft.QuickGelu 1 alpha
`;

interface Versions {
  readonly since: number;
  readonly until: number;
}

interface Signature extends Versions {
  readonly least: number;
  readonly most: number;
  readonly attributes: ReadonlyMap<string, Versions & { needed: boolean }>;
}

const SIGNATURES = parse(OPERATORS);

/** "name!@10-12" */
function parseWord(word: string): Versions & { name: string; needed: boolean } {
  const [, name = "", mark, since = "0", dash, until] = /^([\w.]+)(!?)(?:@(\d+)(-(\d+))?)?$/.exec(word) as RegExpExecArray;
  return { name, needed: mark === "!", since: Number(since), until: dash ? Number(until) : Number.POSITIVE_INFINITY };
}

function parse(lines: string): ReadonlyMap<string, readonly Signature[]> {
  const signatures = new Map<string, Signature[]>();
  for (const line of lines.trim().split("\n")) {
    const [operator = "", inputs = "", ...attributes] = line.split(" ");
    const { name, since, until } = parseWord(operator);
    const [least, most] = inputs.endsWith("+") ? [Number.parseInt(inputs, 10), Number.POSITIVE_INFINITY] : inputs.split("-").map(Number);
    const own = new Map(attributes.map(parseWord).map((attribute) => [attribute.name, attribute]));
    const signature = { since, until, least: least as number, most: most ?? (least as number), attributes: own };
    signatures.set(name, [...(signatures.get(name) ?? []), signature]);
  }
  return signatures;
}

const covers = ({ since, until }: Versions, opset: number) => opset >= since && opset <= until;

/** Whether the operator is one of the standard's that are known here, in any version. */
export const isKnown = (node: ModelNode): boolean => SIGNATURES.has(fullName(node));

const fullName = ({ domain, operator }: ModelNode) => (domain === "" ? operator : `${domain}.${operator}`);

/** Throws FormatError where a node is not as its operator's version has it. Operators that are not known pass. */
export function requireSchema(node: ModelNode, opset: number): void {
  const { inputs, attributes } = node;
  const versions = SIGNATURES.get(fullName(node));
  if (!versions) return;
  const signature = versions.find((own) => covers(own, opset));
  if (!signature) throw new FormatError(`opset ${opset} has no such operator`);
  const { least, most } = signature;
  const given = inputs.filter((name) => name !== "").length;
  if (given < least || inputs.length > most) {
    const takes = least === most ? `${least}` : `${least} to ${most}`;
    throw new FormatError(`it has ${inputs.length} ${inputs.length === 1 ? "input" : "inputs"}, where the operator takes ${takes}`);
  }
  for (const name of attributes.keys()) {
    const known = signature.attributes.get(name);
    if (!known || !covers(known, opset)) throw new FormatError(`it has the attribute ${name}, which this operator does not know`);
  }
  for (const [name, { needed }] of signature.attributes) {
    if (needed && !attributes.has(name)) throw new FormatError(`it has no attribute ${name}, which it needs`);
  }
}
