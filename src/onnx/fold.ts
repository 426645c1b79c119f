/** Arithmetic with constants alone: the shape arithmetic of exporters, and weights that they left in pieces. */

import { sizeOf } from "../engine/tensor.ts";
import type { Importer } from "./call.ts";
import { combine, compute, placesIn } from "./compute.ts";
import { type ConstantType, stepsOf } from "./constants.ts";
import { input, SHAPE_FOLDS } from "./fold-shapes.ts";
import { BINARY } from "./formula.ts";
import { functionNamed } from "./operators/pointwise.ts";
import { clipBounds } from "./shape-rules.ts";
import { ELEMENTS, isInteger } from "./stored-tensor.ts";
import { axisOf, Unsupported } from "./values.ts";

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  ...{ Add: BINARY.add, Sub: BINARY.subtract, Mul: BINARY.multiply, Pow: BINARY.power, Min: BINARY.minimum, Max: BINARY.maximum },
  Mod: (a, b) => a - b * Math.floor(a / b),
};
const COMPARISONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  Equal: (a, b) => Number(a === b),
  Less: (a, b) => Number(a < b),
  LessOrEqual: (a, b) => Number(a <= b),
  Greater: (a, b) => Number(a > b),
  GreaterOrEqual: (a, b) => Number(a >= b),
  And: (a, b) => Number(a && b),
  Or: (a, b) => Number(a || b),
};
/** Functions that values of the net have, too. */
const SHARED = ["Neg", "Abs", "Sqrt", "Exp", "Log", "Reciprocal", "Relu", "Tanh", "Sigmoid"] as const;
const ROUNDING: Readonly<Record<string, (x: number) => number>> = { Floor: Math.floor, Ceil: Math.ceil, Not: (x) => Number(!x) };
const REDUCTIONS: Readonly<
  Record<string, { start: number; add: (sum: number, x: number) => number; end?: (sum: number, count: number) => number }>
> = {
  ReduceSum: { start: 0, add: (sum, x) => sum + x },
  ReduceMean: { start: 0, add: (sum, x) => sum + x, end: (sum, count) => sum / count },
  ReduceProd: { start: 1, add: (product, x) => product * x },
  ReduceMax: { start: -Infinity, add: Math.max },
  ReduceMin: { start: Infinity, add: Math.min },
  ReduceL2: { start: 0, add: (sum, x) => sum + x ** 2, end: (sum) => Math.sqrt(sum) },
};

const binary =
  (apply: (a: number, b: number) => number, type?: ConstantType): Importer =>
  async (call) => {
    let result = input(call);
    for (let index = 1; index < call.inputs.length; index++) result = combine(apply, result, input(call, index), type);
    return result;
  };

const unary =
  (apply: (x: number) => number): Importer =>
  async (call) => {
    const { dims, type, name } = input(call);
    return compute(dims, type, name, async () => {
      const values = await input(call).values();
      return (index) => apply(values[index] as number);
    });
  };

const divide: Importer = async (call) => {
  const whole = input(call).type !== "float";
  return combine((a, b) => (whole ? Math.trunc(a / b) : a / b), input(call), input(call, 1));
};

const reduce =
  (name: string): Importer =>
  async (call) => {
    const { start, add, end } = REDUCTIONS[name] as (typeof REDUCTIONS)[string];
    const constant = input(call);
    const { dims, type } = constant;
    const given = (await call.numbers("axes", 1)) ?? dims.map((_, axis) => axis);
    const axes = given.map((axis) => axisOf(axis, dims.length));
    const keeps = call.flag("keepdims", true);
    call.ignore("noop_with_empty_axes");
    const kept = dims.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const steps = stepsOf(kept);
    const count = sizeOf(dims) / sizeOf(kept);
    const out = kept.filter((_, axis) => keeps || !axes.includes(axis));
    return compute(out, type, constant.name, async () => {
      const values = await constant.values();
      const sums = new Float64Array(sizeOf(kept)).fill(start);
      const place = placesIn(
        dims,
        steps.map((step, axis) => (axes.includes(axis) ? 0 : step)),
      );
      for (let index = 0; index < values.length; index++) {
        const at = place(index);
        sums[at] = add(sums[at] as number, values[index] as number);
      }
      return (index) => (end ? end(sums[index] as number, count) : (sums[index] as number));
    });
  };

const cast: Importer = async (call) => {
  const to = ELEMENTS[call.integer("to", 1)] ?? "";
  call.ignore("saturate", "round_mode");
  const type: ConstantType = to === "BOOL" ? "boolean" : isInteger(to) ? "integer" : "float";
  const constant = input(call);
  if (type === constant.type) return constant;
  const turn = type === "boolean" ? (x: number) => Number(x !== 0) : type === "integer" ? Math.trunc : (x: number) => x;
  return compute(constant.dims, type, constant.name, async () => {
    const values = await constant.values();
    return (index) => turn(values[index] as number);
  });
};

const where: Importer = async (call) => {
  const [condition, yes, no] = [input(call), input(call, 1), input(call, 2)];
  const marked = combine((a, b) => (a ? b : Number.NaN), condition, yes, "float");
  return combine((a, b) => (Number.isNaN(a) ? b : a), marked, no, yes.type);
};

const range: Importer = async (call) => {
  const [start, limit, delta] = (await Promise.all([0, 1, 2].map((index) => input(call, index).values()))).map(
    ([number]) => number as number,
  );
  const count = Math.max(Math.ceil(((limit as number) - (start as number)) / (delta as number)), 0);
  return compute(
    [Number.isFinite(count) ? count : Infinity],
    input(call).type,
    "a range",
    async () => (index) => (start as number) + index * (delta as number),
  );
};

/** A batch norm of weights by their own mean and variance, as standardised weights have it. */
const batchNorm: Importer = async (call) => {
  const [weights, gain, offset] = [input(call), input(call, 1), input(call, 2)];
  const epsilon = call.float("epsilon", 1e-5);
  call.ignore("momentum", "spatial");
  const { dims, name } = weights;
  const trains = call.flag("training_mode");
  const [mean, variance] = [input(call, 3), input(call, 4)];
  const channels = dims[1] as number;
  for (const list of [gain, offset, mean, variance]) {
    if (list.dims.length !== 1 || list.size !== channels)
      throw new Unsupported(`it wants ${channels} numbers and gets [${list.dims.join(", ")}]`);
  }
  const inner = sizeOf(dims.slice(2));
  const channelOf = (index: number) => Math.floor(index / inner) % channels;
  const normed = compute(dims, "float", name, async () => {
    const values = await weights.values();
    const [gains, offsets] = [await gain.values(), await offset.values()];
    const [means, variances] = [new Float64Array(channels), new Float64Array(channels)];
    if (!trains) {
      means.set(await mean.values());
      variances.set(await variance.values());
    } else {
      const count = values.length / channels;
      for (const [index, value] of values.entries()) (means[channelOf(index)] as number) += value / count;
      for (const [index, value] of values.entries()) {
        const channel = channelOf(index);
        (variances[channel] as number) += (value - (means[channel] as number)) ** 2 / count;
      }
    }
    return (index) => {
      const channel = channelOf(index);
      const scale = (gains[channel] as number) / Math.sqrt((variances[channel] as number) + epsilon);
      return ((values[index] as number) - (means[channel] as number)) * scale + (offsets[channel] as number);
    };
  });
  return [normed];
};

const clip: Importer = async (call) => {
  const [low, high] = await clipBounds(call);
  return unary((x) => Math.min(Math.max(x, low), high))(call);
};

/** Operators on constants alone. */
export const FOLDS: Readonly<Record<string, Importer>> = {
  ...Object.fromEntries(Object.entries(ARITHMETIC).map(([name, apply]) => [name, binary(apply)])),
  ...Object.fromEntries(Object.entries(COMPARISONS).map(([name, apply]) => [name, binary(apply, "boolean")])),
  ...Object.fromEntries(SHARED.map((name): [string, Importer] => [name, (call) => unary(functionNamed(name)(call))(call)])),
  ...Object.fromEntries(Object.entries(ROUNDING).map(([name, apply]) => [name, unary(apply)])),
  ...Object.fromEntries(Object.keys(REDUCTIONS).map((name) => [name, reduce(name)])),
  ...{ Div: divide, Cast: cast, Where: where, Range: range, Clip: clip, BatchNormalization: batchNorm },
  ...SHAPE_FOLDS,
};
