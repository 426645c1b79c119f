/** Operators that compute every value by itself: functions, arithmetic with constants, and arithmetic of two values. */

import { sizeOf } from "../../engine/tensor.ts";
import type { Node } from "../../graph/graph.ts";
import { type Axes, type Axis, channelsOf, extentsOf, isChannels, sameAxis } from "../axes.ts";
import type { Call, Importer } from "../call.ts";
import { combine } from "../compute.ts";
import { Constant } from "../constants.ts";
import { BINARY, type BinaryName, binary, constantFormula, erf, LONGEST, unary } from "../formula.ts";
import { clipBounds } from "../shape-rules.ts";
import { NetValue, Statistic, Unsupported, type Value } from "../values.ts";
import { normPart, valueOfPart } from "./layer-norm-parts.ts";

type Function = (x: number) => number;

const sigmoid: Function = (x) => 1 / (1 + Math.exp(-x));
const softplus: Function = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clamp = (x: number, low: number, high: number) => Math.min(Math.max(x, low), high);
/** Of "Selu" and of "Gelu" by tanh (as the standard writes them). */
const SELU = { alpha: 1.6732632423543772, gamma: 1.0507009873554805 };
const geluTanh: Function = (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

/** Functions by the operator's name, some with attributes. */
const FUNCTIONS: Readonly<Record<string, (call: Call) => Function>> = {
  Relu: () => (x) => Math.max(x, 0),
  Sigmoid: () => sigmoid,
  Tanh: () => Math.tanh,
  Erf: () => erf,
  Exp: () => Math.exp,
  Log: () => Math.log,
  Sqrt: () => Math.sqrt,
  Abs: () => Math.abs,
  Neg: () => (x) => -x,
  Reciprocal: () => (x) => 1 / x,
  Softplus: () => softplus,
  Softsign: () => (x) => x / (1 + Math.abs(x)),
  Mish: () => (x) => x * Math.tanh(softplus(x)),
  HardSwish: () => (x) => x * clamp(x / 6 + 0.5, 0, 1),
  Swish: (call) => {
    const alpha = call.float("alpha", 1);
    return (x) => x * sigmoid(alpha * x);
  },
  Gelu: (call) => (call.word("approximate", "none", "tanh") === "tanh" ? geluTanh : (x) => 0.5 * x * (1 + erf(x / Math.SQRT2))),
  LeakyRelu: (call) => {
    const alpha = call.float("alpha", 0.01);
    return (x) => (x < 0 ? alpha * x : x);
  },
  ThresholdedRelu: (call) => {
    const alpha = call.float("alpha", 1);
    return (x) => (x > alpha ? x : 0);
  },
  Elu: (call) => {
    const alpha = call.float("alpha", 1);
    return (x) => (x < 0 ? alpha * Math.expm1(x) : x);
  },
  Celu: (call) => {
    const alpha = call.float("alpha", 1);
    return (x) => Math.max(x, 0) + Math.min(0, alpha * Math.expm1(x / alpha));
  },
  Selu: (call) => {
    const [alpha, gamma] = [call.float("alpha", SELU.alpha), call.float("gamma", SELU.gamma)];
    return (x) => (x > 0 ? gamma * x : gamma * alpha * Math.expm1(x));
  },
  HardSigmoid: (call) => {
    const [alpha, beta] = [call.float("alpha", 0.2), call.float("beta", 0.5)];
    return (x) => clamp(alpha * x + beta, 0, 1);
  },
};

/** The function of an operator, which must be one of them. */
export const functionNamed = (name: string): ((call: Call) => Function) => FUNCTIONS[name] as (typeof FUNCTIONS)[string];

/** Of onnxruntime's own domain, which its optimiser writes. */
const MICROSOFT: Readonly<Record<string, (call: Call) => Function>> = {
  Gelu: () => (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  FastGelu: () => geluTanh,
  QuickGelu: (call) => {
    const alpha = call.float("alpha", 1.702);
    return (x) => x * sigmoid(alpha * x);
  },
};

/** A value of which the formula is so long that the next operator begins anew. */
function short(call: Call, value: NetValue): NetValue {
  return value.formula.size < LONGEST ? value : new NetValue(call.builder.settle(value), value.axes, value.label);
}

function applied(call: Call, name: string, apply: Function, value: NetValue): NetValue {
  const { node, axes, formula } = short(call, value);
  return new NetValue(node, axes, call.label, unary(name, apply, formula));
}

const functionOf =
  (name: string, functions = FUNCTIONS): Importer =>
  async (call) => {
    const make = functions[name] as (typeof FUNCTIONS)[string];
    const value = call.inputs[0] as Value;
    return (await normPart(call, name, [value])) ?? applied(call, name, make(call), materialised(call, value, 0));
  };

async function clip(call: Call): Promise<Value> {
  const [low, high] = await clipBounds(call);
  return applied(call, "Clip", (x) => Math.min(Math.max(x, low), high), call.net());
}

/** One slope for all, or one a channel. */
async function prelu(call: Call): Promise<Value> {
  const { builder } = call;
  const value = call.net();
  const vector = await vectorOf(call.needed(1), value);
  if (typeof vector === "number") return applied(call, "PRelu", (x) => (x < 0 ? vector * x : x), value);
  const node = builder.settle(value);
  const name = builder.label(call.label);
  builder.keep(`${name}.weight`, vector);
  return new NetValue(builder.graph.prelu(node, name), value.axes, name);
}

/** A constant as one number, or as one number for each of the value's channels. Throws Unsupported where it is neither. */
async function vectorOf(constant: Constant, value: NetValue): Promise<number | Constant> {
  const { axes, node } = value;
  const { dims, size } = constant;
  if (size === 1) return (await constant.values())[0] as number;
  const channels = node.shape[2];
  const padding = axes.length - dims.length;
  const used = axes.filter((_, axis) => (dims[axis - padding] ?? 1) !== 1);
  const refused = new Unsupported(
    `it combines values of [${value.dims.join(", ")}] with a constant of [${dims.join(", ")}], which is not one number a channel`,
  );
  // Values must not be repeated to meet the constant's.
  if (!dims.every((extent, axis) => extent === 1 || extentsOf(axes)[axis + padding] === extent)) throw refused;
  const order = used.every(isChannels) ? channelsOf(used.flat()) : [];
  if (size === channels && order.length === channels) {
    const flat = constant.reshaped([channels]);
    if (order.every((channel, at) => channel === at)) return flat;
    const [values, sorted] = [await flat.values(), new Float32Array(channels)];
    for (const [at, channel] of order.entries()) sorted[channel] = values[at] as number;
    return Constant.of(sorted, [channels], "float", constant.name);
  }
  const values = await constant.values();
  if (values.every((number) => number === values[0])) return values[0] as number;
  throw refused;
}

async function withConstant(call: Call, name: BinaryName, value: NetValue, constant: Constant, constantFirst: boolean): Promise<Value> {
  const { builder } = call;
  const raised = raiseRank(value, constant.dims.length);
  const vector = await vectorOf(constant, raised);
  if (typeof vector === "number") {
    const { node, axes, formula } = short(call, raised);
    const number = constantFormula(vector);
    return new NetValue(node, axes, call.label, constantFirst ? binary(name, number, formula) : binary(name, formula, number));
  }
  const computed = async (apply: Function) => Constant.of(Array.from(await vector.values(), apply), vector.dims, "float", vector.name);
  let node = builder.settle(raised);
  if (name === "multiply") node = builder.scale(node, { scale: vector }, call.label);
  else if (name === "add") node = builder.scale(node, { shift: vector }, call.label);
  else if (name === "subtract" && !constantFirst) node = builder.scale(node, { shift: await computed((x) => -x) }, call.label);
  else if (name === "divide" && !constantFirst) node = builder.scale(node, { scale: await computed((x) => 1 / x) }, call.label);
  else if (name === "subtract") {
    const negated = await computed(() => -1);
    node = builder.scale(builder.scale(node, { scale: negated }, call.label), { shift: vector }, call.label);
  } else throw new Unsupported(`it takes the ${name} of channels and numbers of their own`);
  return new NetValue(node, raised.axes, node.label);
}

/** Axes of 1 before the others, as broadcasting has them. */
function raiseRank(value: NetValue, rank: number): NetValue {
  const missing = rank - value.axes.length;
  return missing > 0 ? value.with([...Array.from({ length: missing }, () => []), ...value.axes]) : value;
}

function ofTwo(call: Call, name: BinaryName, first: NetValue, second: NetValue): Value {
  const { builder } = call;
  const rank = Math.max(first.axes.length, second.axes.length);
  const [a, b] = [raiseRank(first, rank), raiseRank(second, rank)];
  if (a.node === b.node && a.axes.every((axis, at) => sameAxis(axis, b.axes[at] as Axis))) {
    const [left, right] = a.formula.size + b.formula.size < LONGEST ? [a, b] : [short(call, a), short(call, b)];
    if (left.node === right.node && left.formula.size + right.formula.size < LONGEST) {
      return new NetValue(left.node, a.axes, call.label, binary(name, left.formula, right.formula));
    }
  }
  if (name === "minimum" || name === "maximum" || name === "power") throw new Unsupported(`it takes the ${name} of two values of the net`);
  const axes = commonAxes(a, b);
  const [left, right] = [builder.settle(a), builder.settle(b)];
  const node: Node = builder.graph[name](left, right, builder.label(call.label));
  if (sizeOf(extentsOf(axes)) !== builder.batch * sizeOf(node.shape)) throw new Unsupported("it makes an outer product");
  return new NetValue(node, axes, node.label);
}

/** Axes of the result: those of either, where the other has 1. */
function commonAxes(a: NetValue, b: NetValue): Axes {
  return a.axes.map((axis, at) => {
    const other = b.axes[at] as Axis;
    if (axis.length === 0 || other.length === 0 || sameAxis(axis, other)) return axis.length === 0 ? other : axis;
    throw new Unsupported(`it combines values of [${a.dims.join(", ")}] and of [${b.dims.join(", ")}] along different axes`);
  });
}

const arithmetic =
  (name: BinaryName): Importer =>
  async (call) => {
    let result = call.inputs[0] ?? call.net();
    for (const [index, other] of call.inputs.entries()) {
      if (index > 0) result = await pair(call, name, result, other ?? call.net(index));
    }
    return result;
  };

async function pair(call: Call, name: BinaryName, a: Value, b: Value): Promise<Value> {
  const part = await normPart(call, name, [a, b]);
  if (part) return part;
  if (a instanceof Constant && b instanceof Constant) return combine(BINARY[name], a, b);
  const [left, right] = [a, b].map((value, index) => (value instanceof Constant ? value : materialised(call, value, index)));
  if (left instanceof Constant) return withConstant(call, name, right as NetValue, left, true);
  return right instanceof Constant
    ? withConstant(call, name, left as NetValue, right, false)
    : ofTwo(call, name, left as NetValue, right as NetValue);
}

function materialised(call: Call, value: Value, index: number): NetValue {
  if (value instanceof NetValue) return value;
  if (value instanceof Statistic) return valueOfPart(call, value);
  return call.net(index);
}

export const microsoft: Readonly<Record<string, Importer>> = Object.fromEntries(
  Object.keys(MICROSOFT).map((name) => [name, functionOf(name, MICROSOFT)]),
);

export const pointwise: Readonly<Record<string, Importer>> = {
  ...Object.fromEntries(Object.keys(FUNCTIONS).map((name) => [name, functionOf(name)])),
  Clip: clip,
  PRelu: prelu,
  Add: arithmetic("add"),
  Sum: arithmetic("add"),
  Sub: arithmetic("subtract"),
  Mul: arithmetic("multiply"),
  Div: arithmetic("divide"),
  Pow: arithmetic("power"),
  Min: arithmetic("minimum"),
  Max: arithmetic("maximum"),
};
