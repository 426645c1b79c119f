/** What add, subtract, multiply and divide share: two operands, of which one value may meet many of the other. */
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node, Shape } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { constantsOf, parametersOf } from "./activation-functions.ts";
import { appendSums } from "./broadcast-sums.ts";
import {
  type Backward,
  type BackwardRules,
  defineOperation,
  describeSize,
  type Exact,
  type ExactValues,
  type Forward,
  indexOf,
  type Place,
  sumOf,
} from "./operation.ts";
import { inLines, tensorShape, vectors } from "./shape.ts";

/** As the kernels number them, with the value and the magnitude of its terms. */
const OPERATORS = {
  add: { code: 0, exact: (a: number, b: number) => sumOf([a, b]) },
  subtract: { code: 1, exact: (a: number, b: number) => sumOf([a, -b]) },
  multiply: { code: 2, exact: (a: number, b: number) => sumOf([a * b]) },
  divide: { code: 3, exact: (a: number, b: number) => sumOf([a / b]) },
} as const;
type Operator = keyof typeof OPERATORS;

export interface ArithmeticNode extends Node {
  readonly op: Operator;
}

export const sameShape = (a: Shape, b: Shape) => a.every((extent, axis) => extent === b[axis]);

/** The common shape of two operands. Throws INVALID where along some axis they differ and neither has 1. */
export function commonShape(operator: string, a: Node, b: Node): Shape {
  const fits = a.shape.every((extent, axis) => extent === b.shape[axis] || extent === 1 || b.shape[axis] === 1);
  if (!fits) {
    const named = [a, b].map(({ label, shape }) => `"${label}" (${shape.join(" x ")})`);
    throw new EngineError(
      "INVALID",
      `${operator}: ${named.join(" and ")} have no common shape.`,
      "Give two values of one shape, or one that is 1 wherever it differs, such as 1 x 1 x channels.",
    );
  }
  return a.shape.map((extent, axis) => Math.max(extent, b.shape[axis] as number)) as unknown as Shape;
}

/**
 * Of every value of `a` and of `b`, which have one shape or along some axes 1, where one value meets all of the other's: a channel vector
 * (1 x 1 x channels), a map of one channel, a number (1 x 1 x 1).
 */
export function defineArithmetic(op: Operator, relevance: BackwardRules<ArithmeticNode>["relevance"]) {
  return defineOperation<ArithmeticNode, (graph: Graph, a: Node, b: Node, label?: string) => ArithmeticNode>({
    build: (graph, a, b, label = op) =>
      graph.append<ArithmeticNode>({ op, label, shape: commonShape(op, a, b), inputs: [a, b], tensors: {} }),
    fusing: () => ({ store: { activation: true } }),
    forward: appendArithmetic,
    backward: { append: appendArithmeticTransposed, ...(relevance && { relevance }) },
    describe: describeArithmetic,
    exact: exactArithmetic,
  });
}

export function appendArithmetic({ plan, batch, op: { node, activation }, inputs, out }: Forward<ArithmeticNode>): void {
  const { threads, constants, uniforms } = operandsOf(batch, node);
  const [a, b] = inputs as [Tensor, Tensor];
  plan.dispatch(kernels.binary, {
    label: node.label,
    bindings: { a, b, out },
    constants: { ...constants, ...constantsOf(activation) },
    uniforms: { ...uniforms, ...parametersOf(activation) },
    threads,
  });
}

/** The gradient of an operand; where one value met many, their sum. */
export function appendArithmeticTransposed(step: Backward<ArithmeticNode>, gradient: Tensor, out: Tensor): void {
  const { plan, kernels, batch, op, inputs, which } = step;
  const { node } = op;
  const whole = sameShape((node.inputs[which] as Node).shape, node.shape);
  const [a, b] = inputs as [Tensor, Tensor];
  const other = node.inputs[1 - which] as Node;
  // Where what is summed is the gradient, or its product with a tensor of the same shape, the sum needs nothing before it.
  const factor = node.op === "multiply" && sameShape(other.shape, node.shape) ? (which === 0 ? b : a) : undefined;
  if (!whole && (node.op === "add" || factor)) {
    appendSums(step, gradient, factor, out);
    return;
  }
  const product = whole ? out : plan.temporary(`${node.label} products`, tensorShape(batch, node.shape));
  const { threads, constants, uniforms } = operandsOf(batch, node);
  plan.dispatch(kernels.binaryGradient, {
    label: `${node.label} transposed`,
    bindings: { gradient, a, b, out: product },
    constants: { ...constants, OPERAND: which },
    uniforms,
    threads,
  });
  if (!whole) appendSums(step, product, undefined, out);
}

/** How the kernels find what meets each vec4 of the output. */
function operandsOf(batch: number, node: ArithmeticNode) {
  const [height, width, channels] = node.shape;
  const { threads, ...lines } = inLines(batch * height * width * vectors(channels));
  const [a, b] = node.inputs.map((input) => stepsOf(input.shape, node.shape)) as [Steps, Steps];
  return {
    threads,
    constants: { OPERATOR: OPERATORS[node.op].code, A_FORM: a.form, B_FORM: b.form },
    uniforms: {
      ...{ ...lines, height, width, channels, channels4: vectors(channels) },
      ...{ a_image: a.image, a_line: a.line, a_pixel: a.pixel, a_vector: a.vector },
      ...{ b_image: b.image, b_line: b.line, b_pixel: b.pixel, b_vector: b.vector },
    },
  };
}

type Steps = ReturnType<typeof stepsOf>;

function stepsOf(own: Shape, shape: Shape) {
  const [height, width, channels] = own;
  const [line, pixel] = [width * vectors(channels), vectors(channels)];
  return {
    form: formOf(own, shape),
    image: height * line,
    line: height > 1 ? line : 0,
    pixel: width > 1 ? pixel : 0,
    vector: channels > 1 ? 1 : 0,
  };
}

/** As operands.wgsl numbers them. */
function formOf(own: Shape, shape: Shape): number {
  if (sameShape(own, shape)) return 0;
  if (own[2] < shape[2]) return 2;
  return own[0] * own[1] === 1 ? 3 : 1;
}

/** "multiply 112x112 64", "multiply 1x1 64 by 112x112 64". */
export function describeArithmetic(node: ArithmeticNode): readonly [group: string, name: string] {
  const [a, b] = node.inputs.map((input) => `${describeSize(input)} ${input.shape[2]}`);
  return [node.op === "add" ? "add" : "arithmetic", a === b ? `${node.op} ${a}` : `${node.op} ${a} by ${b}`];
}

export function exactArithmetic(node: ArithmeticNode, { input }: ExactValues, place: Place): Exact {
  const [a, b] = node.inputs.map(({ shape }, which) => input(which, indexOf(shape, meeting(shape, place)))) as [number, number];
  return OPERATORS[node.op].exact(a, b);
}

/** The place of an operand that meets a place of the output. */
const meeting = ([height, width, channels]: Shape, { y, x, channel }: Place): Place => ({
  y: height === 1 ? 0 : y,
  x: width === 1 ? 0 : x,
  channel: channels === 1 ? 0 : channel,
});
