/** Turns a layer or net into an ONNX model, for onnxruntime-web. */
import type { Shape } from "../../src/graph/graph.ts";
import type { OnnxConstant, OnnxGraph, OnnxNode } from "./onnx.ts";
import { onnxActivation } from "./onnx-activations.ts";
import { type Floats, outputBatch, type Program, type Step, type StepOf } from "./program.ts";

export type Layout = "NHWC" | "NCHW";

const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

const ARITHMETIC = { add: "Add", subtract: "Sub", multiply: "Mul", divide: "Div" } as const;

/** Steps whose result is rows where what they read is. */
const KEEPS_ROWS: readonly Step["op"][] = [
  "add",
  "subtract",
  "multiply",
  "divide",
  "concat",
  "activation",
  "layerNorm",
  "batchNorm",
  "slice",
  "probability",
];

/** A constant with more values than this stays outside the file. */
const SMALL = 1024;

/**
 * The program as a model. Its operators are NCHW, as the format demands. With `layout` NHWC the images at its ends are NHWC and transposed
 * inside, which cancels the transpositions that a runtime puts around operators that it computes in NHWC.
 */
export function onnxGraph(program: Program, layout: Layout): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const constants: OnnxConstant[] = [];
  const append = (op: string, inputs: readonly string[], output: string, attributes?: OnnxNode["attributes"]) => {
    nodes.push({ op, inputs, output, ...(attributes && { attributes }) });
    return output;
  };
  const constant = (name: string, dims: readonly number[], values: OnnxConstant["values"]) => {
    constants.push({ name, dims, values, external: values.length > SMALL });
    return name;
  };
  const integers = (name: string, values: readonly number[]) => constant(name, [values.length], BigInt64Array.from(values, BigInt));
  /** Values that are rows of dense layers, not images. */
  const rows = new Set<string>();
  const extents = (name: string, [height, width, channels]: Shape, batch = program.batch) => {
    if (rows.has(name)) return [batch, channels];
    return layout === "NHWC" ? [batch, height, width, channels] : [batch, channels, height, width];
  };

  const compute = (step: Step, out: string): void => {
    const { from } = step;
    const [height, width, channels] = step.inShape;
    const outputs = step.shape[2];
    if (step.op === "conv") {
      const { kernel, stride, dilation, pads, groups } = step;
      const weights = constant(`${step.out}.weight`, [outputs, channels / groups, ...kernel], step.weights);
      const bias = constant(`${step.out}.bias`, [outputs], step.bias);
      append("Conv", [from, weights, bias], out, { kernel_shape: kernel, strides: stride, dilations: dilation, pads, group: groups });
    } else if (step.op === "linear") {
      const inner = height * width * channels;
      const weights = constant(`${step.out}.weight`, step.transposed ? [outputs, inner] : [inner, outputs], step.weights);
      const bias = step.bias ? [constant(`${step.out}.bias`, [outputs], step.bias)] : [];
      append("Gemm", [flatten(step), weights, ...bias], out, { transB: step.transposed ? 1 : 0 });
    } else if (step.op === "pool") {
      const { mode, window, stride, pads, countPadding } = step;
      const attributes = { kernel_shape: window, strides: stride, pads };
      if (mode === "max") append("MaxPool", [from], out, attributes);
      else append("AveragePool", [from], out, { ...attributes, count_include_pad: countPadding ? 1 : 0 });
    } else if (step.op === "globalPool") append("GlobalAveragePool", [from], out);
    else if (step.op === "concat") append("Concat", [from, ...step.others], out, { axis: 1 });
    else if (step.op === "batchNorm") {
      const { gain, offset, mean, variance, epsilon } = step.norm;
      const vectors = Object.entries({ gain, offset, mean, variance });
      const inputs = vectors.map(([name, values]) => constant(`${step.out}.${name}`, [channels], values));
      nodes.push({ op: "BatchNormalization", inputs: [from, ...inputs], output: out, floats: { epsilon } });
    } else if (step.op === "layerNorm") {
      const vectors = Object.entries({ weight: step.weights, bias: step.bias });
      const constants = vectors.map(([name, values]) => constant(`${step.out}.${name}`, [channels], values));
      // It works on the last axes.
      const lines = rows.has(from) ? from : append("Transpose", [from], `${out}.lines`, { perm: TO_NHWC });
      const normed = rows.has(from) ? out : `${out}.normed`;
      nodes.push({
        ...{ op: "LayerNormalization", inputs: [lines, ...constants], output: normed },
        ...{ attributes: { axis: -1 }, floats: { epsilon: step.epsilon } },
      });
      if (normed !== out) append("Transpose", [normed], out, { perm: TO_NCHW });
    } else if (step.op === "slice") {
      const [first, end] = [integers(`${step.out}.first`, [step.first]), integers(`${step.out}.end`, [step.first + outputs])];
      append("Slice", [from, first, end, integers(`${step.out}.axis`, [1])], out);
    } else if (step.op === "shuffle") {
      const { groups } = step;
      const parts = integers(`${step.out}.parts`, [program.batch, groups, channels / groups, height, width]);
      const split = append("Reshape", [from, parts], `${out}.split`);
      const mixed = append("Transpose", [split], `${out}.mixed`, { perm: [0, 2, 1, 3, 4] });
      append("Reshape", [mixed, integers(`${step.out}.shape`, [program.batch, channels, height, width])], out);
    } else if (step.op === "product") append("MatMul", [from, ...step.others], out);
    else if (step.op === "expose") {
      const planes = toPlanes(step.weights, outputs);
      append("Mul", [from, constant(`${step.out}.image`, [1, outputs, height, width], planes)], out);
    } else if (step.op === "probability") {
      const all = append("Softmax", [from], `${out}.all`, { axis: 1 });
      const [first, end] = [integers(`${out}.first`, [step.target]), integers(`${out}.end`, [step.target + 1])];
      append("Slice", [all, first, end, integers(`${out}.axis`, [1])], out);
    } else if (step.op === "weigh") {
      const [tall, wide] = step.shape;
      const lines = integers(`${out}.lines`, [program.batch, tall * wide]);
      const images = append("Reshape", [step.others[0] as string, lines], `${out}.images`);
      const line = append("MatMul", [append("Transpose", [from], `${out}.weights`, { perm: [1, 0] }), images], `${out}.line`);
      append("Reshape", [line, integers(`${out}.shape`, [1, 1, tall, wide])], out);
    } else if (step.op !== "activation") append(ARITHMETIC[step.op], [from, ...step.others], out);
  };

  const flatten = ({ from, out, flatten: order, inShape: [height, width] }: StepOf<"linear">): string => {
    if (rows.has(from)) return from;
    const reordered = order === "nhwc" && height * width > 1;
    const image = reordered ? append("Transpose", [from], `${out}.nhwc`, { perm: TO_NHWC }) : from;
    return append("Flatten", [image], `${out}.rows`, { axis: 1 });
  };

  const inputs = program.inputs.map(({ name, shape }) => {
    if (program.steps[0]?.op === "linear" && shape[0] * shape[1] === 1) rows.add(name);
    const dims = extents(name, shape);
    if (rows.has(name) || layout === "NCHW") return { name, dims };
    append("Transpose", [`${name}.nhwc`], name, { perm: TO_NCHW });
    return { name: `${name}.nhwc`, dims };
  });

  for (const step of program.steps) {
    const { out, op, residual, activation, from } = step;
    if (op === "linear" || (KEEPS_ROWS.includes(op) && rows.has(from))) rows.add(out);
    // An operator's own result, the sum with the residual, the activation: whatever comes last has the step's name.
    const alone = op === "activation" ? from : `${out}.sum`;
    const sum = activation ? alone : out;
    compute(step, residual === undefined ? sum : `${out}.raw`);
    if (residual !== undefined) append("Add", [`${out}.raw`, residual], sum);
    if (!activation) continue;
    const last = onnxActivation(activation, sum, out);
    nodes.push(...last.nodes);
    constants.push(...last.constants);
  }

  const { out, shape } = program.steps.at(-1) as Step;
  const transposed = layout === "NHWC" && !rows.has(out);
  const name = transposed ? append("Transpose", [out], `${out}.nhwc`, { perm: TO_NHWC }) : out;
  return { inputs, outputs: [{ name, dims: extents(out, shape, outputBatch(program)) }], constants, nodes };
}

/** From pixels of `channels` values to a plane for each of these. */
function toPlanes(values: Floats, channels: number): Floats {
  const pixels = values.length / channels;
  return values.map((_, at) => values[(at % pixels) * channels + Math.floor(at / pixels)] as number);
}
