/** Turns a layer or net into an ONNX model, for onnxruntime-web. */
import type { Shape } from "../../src/graph/graph.ts";
import type { OnnxConstant, OnnxGraph, OnnxNode } from "./onnx.ts";
import type { Program, Step, StepOf } from "./program.ts";

export type Layout = "NHWC" | "NCHW";

const TO_NCHW = [0, 3, 1, 2];
const TO_NHWC = [0, 2, 3, 1];

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
  /** Values that are rows of dense layers, not images. */
  const rows = new Set<string>();
  const extents = (name: string, [height, width, channels]: Shape) => {
    if (rows.has(name)) return [program.batch, channels];
    return layout === "NHWC" ? [program.batch, height, width, channels] : [program.batch, channels, height, width];
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
    else append("Add", [from, step.residual], out);
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
    if (op === "linear" || ((op === "add" || op === "concat") && rows.has(from))) rows.add(out);
    // An operator's own result, the sum with the residual, the activation: whatever comes last has the step's name.
    const sum = activation ? `${out}.sum` : out;
    const added = residual !== undefined && op !== "add";
    compute(step, added ? `${out}.raw` : sum);
    if (added) append("Add", [`${out}.raw`, residual], sum);
    if (activation === "relu") append("Relu", [sum], out);
    else if (activation === "relu6") {
      const bounds = [0, 6].map((bound) => constant(`${out}.${bound}`, [], Float32Array.of(bound)));
      append("Clip", [sum, ...bounds], out);
    }
  }

  const { out, shape } = program.steps.at(-1) as Step;
  const transposed = layout === "NHWC" && !rows.has(out);
  const name = transposed ? append("Transpose", [out], `${out}.nhwc`, { perm: TO_NHWC }) : out;
  return { inputs, outputs: [{ name, dims: extents(out, shape) }], constants, nodes };
}
