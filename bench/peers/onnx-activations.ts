/** Activations as operators of ONNX, each in the form that onnxruntime has a kernel for. */
import type { Activation } from "../../src/graph/graph.ts";
import { MICROSOFT, type OnnxConstant, type OnnxNode } from "./onnx.ts";

type Named = Extract<Activation, { name: string }>;

const SIXTH = { alpha: 1 / 6, beta: 1 / 2 };

/** Operators of one input. */
const OPERATORS: Partial<Record<Extract<Activation, string>, Pick<OnnxNode, "op" | "floats" | "domain">>> = {
  relu: { op: "Relu" },
  sigmoid: { op: "Sigmoid" },
  tanh: { op: "Tanh" },
  hardSigmoid: { op: "HardSigmoid", floats: SIXTH },
  hardSwish: { op: "HardSwish" },
  silu: { op: "QuickGelu", floats: { alpha: 1 }, domain: MICROSOFT },
  gelu: { op: "Gelu", domain: MICROSOFT },
  geluTanh: { op: "FastGelu", domain: MICROSOFT },
};

/** The operators that make `out` of `from`, and the constants that they read. */
export function onnxActivation(
  activation: Activation,
  from: string,
  out: string,
): { nodes: readonly OnnxNode[]; constants: readonly OnnxConstant[] } {
  if (activation === "mish") {
    const [softplus, tanh] = [`${out}.softplus`, `${out}.tanh`];
    return {
      nodes: [
        { op: "Softplus", inputs: [from], output: softplus },
        { op: "Tanh", inputs: [softplus], output: tanh },
        { op: "Mul", inputs: [from, tanh], output: out },
      ],
      constants: [],
    };
  }
  const operator = typeof activation === "string" ? OPERATORS[activation] : undefined;
  if (operator) return { nodes: [{ ...operator, inputs: [from], output: out }], constants: [] };
  const given: Named = activation === "relu6" ? { name: "clip", low: 0, high: 6 } : (activation as Named);
  if (given.name !== "clip") return { nodes: [{ ...withParameters(given), inputs: [from], output: out }], constants: [] };
  const bounds = [given.low, given.high].map((bound, index) => {
    return { name: `${out}.bound${index}`, dims: [], values: Float32Array.of(bound), external: false };
  });
  return { nodes: [{ op: "Clip", inputs: [from, ...bounds.map(({ name }) => name)], output: out }], constants: bounds };
}

function withParameters(activation: Exclude<Named, { name: "clip" }>): Pick<OnnxNode, "op" | "floats"> {
  if (activation.name === "leakyRelu") return { op: "LeakyRelu", floats: { alpha: activation.slope } };
  if (activation.name === "elu") return { op: "Elu", floats: { alpha: activation.alpha } };
  return { op: "HardSigmoid", floats: { alpha: activation.slope, beta: activation.offset } };
}
