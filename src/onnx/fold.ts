/** Computes with constants alone: the shape arithmetic of exporters, and weights that they left in pieces. */
import { placeOf } from "./axes.ts";
import type { Call, Importer } from "./call.ts";
import { Constant, type ConstantType, MOST_COMPUTED, sizeOf, stepsOf } from "./constants.ts";
import { ELEMENTS, isInteger } from "./model-file.ts";
import { sizedReshape, spansOf, splitSizes } from "./shape-rules.ts";
import { axisOf, Unsupported } from "./values.ts";

/** Throws Unsupported where a result would have more elements than are computed with. */
function requireSmall(dims: readonly number[]): void {
  if (!(sizeOf(dims) <= MOST_COMPUTED)) throw new Unsupported(`it would make a constant of [${dims.join(", ")}]`);
}

function make(dims: readonly number[], type: ConstantType, name: string, value: (index: number) => number): Constant {
  requireSmall(dims);
  const values = type === "float" ? new Float32Array(sizeOf(dims)) : new Float64Array(sizeOf(dims));
  for (let index = 0; index < values.length; index++) values[index] = value(index);
  return Constant.of(values, dims, type, name);
}

/** Two constants value by value, one repeated along the axes where it has 1. Throws Unsupported where they do not go together. */
export async function combine(apply: (a: number, b: number) => number, a: Constant, b: Constant, type?: ConstantType): Promise<Constant> {
  const rank = Math.max(a.dims.length, b.dims.length);
  const raise = (dims: readonly number[]) => [...Array.from({ length: rank - dims.length }, () => 1), ...dims];
  const [left, right] = [raise(a.dims), raise(b.dims)];
  const dims = left.map((extent, axis) => (extent === 1 ? (right[axis] as number) : extent));
  if (right.some((extent, axis) => extent !== 1 && extent !== dims[axis])) {
    throw new Unsupported(`it combines constants of [${a.dims.join(", ")}] and [${b.dims.join(", ")}]`);
  }
  const [first, second] = [await a.values(), await b.values()];
  const at = (own: readonly number[], place: readonly number[]) => {
    const steps = stepsOf(own);
    return place.reduce((sum, index, axis) => sum + (own[axis] === 1 ? 0 : index * (steps[axis] as number)), 0);
  };
  const kind = type ?? (a.type === "float" || b.type === "float" ? "float" : a.type);
  const isSame = left.join() === right.join();
  return make(dims, kind, a.name, (index) => {
    if (isSame) return apply(first[index] as number, second[index] as number);
    const place = placeOf(index, dims);
    return apply(first[at(left, place)] as number, second[at(right, place)] as number);
  });
}

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Pow: (a, b) => a ** b,
  Mod: (a, b) => a - b * Math.floor(a / b),
  Min: Math.min,
  Max: Math.max,
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
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  ...{ Neg: (x) => -x, Abs: Math.abs, Floor: Math.floor, Ceil: Math.ceil, Sqrt: Math.sqrt, Exp: Math.exp, Log: Math.log },
  ...{ Reciprocal: (x) => 1 / x, Relu: (x) => Math.max(x, 0), Tanh: Math.tanh, Sigmoid: (x) => 1 / (1 + Math.exp(-x)) },
  Not: (x) => Number(!x),
};
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

const input = (call: Call, index = 0): Constant => call.needed(index);

const binary =
  (apply: (a: number, b: number) => number, type?: ConstantType): Importer =>
  async (call) => {
    let result = input(call);
    for (let index = 1; index < call.inputs.length; index++) result = await combine(apply, result, input(call, index), type);
    return result;
  };

const unary =
  (apply: (x: number) => number): Importer =>
  async (call) => {
    const { dims, type, name } = input(call);
    const values = await input(call).values();
    return make(dims, type, name, (index) => apply(values[index] as number));
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
    const keeps = call.integer("keepdims", 1) !== 0;
    call.ignore("noop_with_empty_axes");
    const values = await constant.values();
    const kept = dims.map((extent, axis) => (axes.includes(axis) ? 1 : extent));
    const steps = stepsOf(kept);
    const sums = new Float64Array(sizeOf(kept)).fill(start);
    values.forEach((value, index) => {
      const at = placeOf(index, dims).reduce((sum, place, axis) => sum + (axes.includes(axis) ? 0 : place * (steps[axis] as number)), 0);
      sums[at] = add(sums[at] as number, value);
    });
    const count = sizeOf(dims) / sizeOf(kept);
    const out = kept.filter((_, axis) => keeps || !axes.includes(axis));
    return make(out, type, constant.name, (index) => (end ? end(sums[index] as number, count) : (sums[index] as number)));
  };

const reshape: Importer = async (call) => {
  const wanted = call.opset < 5 ? call.integers("shape") : await input(call, 1).numbers();
  return input(call).reshaped(sizedReshape(input(call).dims, wanted ?? [], call.integer("allowzero", 0) !== 0));
};

const flatten: Importer = (call) => {
  const { dims } = input(call);
  const given = call.integer("axis", 1);
  const axis = given < 0 ? given + dims.length : given;
  return input(call).reshaped([sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))]);
};

const squeeze: Importer = async (call) => {
  const { dims } = input(call);
  const axes = (await call.numbers("axes", 1))?.map((axis) => axisOf(axis, dims.length));
  const leaves = (extent: number, axis: number) => (axes ? !axes.includes(axis) : extent !== 1);
  return input(call).reshaped(sizedReshape(dims, dims.filter(leaves), true));
};

const unsqueeze: Importer = async (call) => {
  const given = (await call.numbers("axes", 1)) ?? [];
  const dims = [...input(call).dims];
  const rank = dims.length + given.length;
  for (const axis of given.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b)) dims.splice(axis, 0, 1);
  return input(call).reshaped(dims);
};

const transpose: Importer = (call) => {
  const { dims } = input(call);
  const order = call.integers("perm") ?? dims.map((_, axis) => dims.length - 1 - axis);
  if (order.length !== dims.length || new Set(order).size !== dims.length || order.some((axis) => !(axis in dims))) {
    throw new Unsupported(`its perm is [${order.join(", ")}]`);
  }
  return input(call).transposed(order);
};

const cast: Importer = async (call) => {
  const to = ELEMENTS[call.integer("to", 1)] ?? "";
  call.ignore("saturate", "round_mode");
  const type: ConstantType = to === "BOOL" ? "boolean" : isInteger(to) ? "integer" : "float";
  const constant = input(call);
  if (type === constant.type) return constant;
  const values = await constant.values();
  const turn = type === "boolean" ? (x: number) => Number(x !== 0) : type === "integer" ? Math.trunc : (x: number) => x;
  return make(constant.dims, type, constant.name, (index) => turn(values[index] as number));
};

const gather: Importer = async (call) => {
  const [constant, indices] = [input(call), input(call, 1)];
  const axis = axisOf(call.integer("axis", 0), constant.dims.length);
  const extent = constant.dims[axis] as number;
  const [before, after] = [sizeOf(constant.dims.slice(0, axis)), sizeOf(constant.dims.slice(axis + 1))];
  const dims = [...constant.dims.slice(0, axis), ...indices.dims, ...constant.dims.slice(axis + 1)];
  const places = (await indices.numbers()).map((index) => (index < 0 ? index + extent : index));
  if (places.some((place) => !(place >= 0 && place < extent))) throw new Unsupported(`it takes an index that ${extent} values do not have`);
  const values = await constant.values();
  const chosen = Array.from({ length: before }, (_, outer) =>
    places.flatMap((place) => Array.from({ length: after }, (_, inner) => (outer * extent + place) * after + inner)),
  ).flat();
  return make(dims, constant.type, constant.name, (index) => values[chosen[index] as number] as number);
};

const slice: Importer = async (call) => {
  const constant = input(call);
  const numbers = async (name: string, index: number) => (call.opset < 10 ? call.integers(name) : await call.constant(index)?.numbers());
  const [starts, ends] = [(await numbers("starts", 1)) ?? [], (await numbers("ends", 2)) ?? []];
  const [axes, steps] = [await numbers("axes", 3), call.opset < 10 ? undefined : await numbers("steps", 4)];
  const spans = new Map(spansOf(constant.dims, { starts, ends, axes, steps }).map((span) => [span.axis, span]));
  return part(constant, (axis) => spans.get(axis));
};

/** The elements that lie within spans of the axes. */
async function part(
  constant: Constant,
  span: (axis: number) => { first: number; count: number; step: number } | undefined,
): Promise<Constant> {
  const dims = constant.dims.map((extent, axis) => span(axis)?.count ?? extent);
  const steps = stepsOf(constant.dims);
  const values = await constant.values();
  return make(dims, constant.type, constant.name, (index) => {
    const at = placeOf(index, dims).reduce((sum, place, axis) => {
      const { first, step } = span(axis) ?? { first: 0, step: 1 };
      return sum + (first + place * step) * (steps[axis] as number);
    }, 0);
    return values[at] as number;
  });
}

const split: Importer = async (call) => {
  const constant = input(call);
  const along = axisOf(call.integer("axis", 0), constant.dims.length);
  const outputs = call.node.outputs.length;
  const given = await call.numbers("split", 1);
  let first = 0;
  const parts: Constant[] = [];
  for (const count of splitSizes(constant.dims[along] as number, given, outputs, call.integer("num_outputs", outputs))) {
    const span = { first, count, step: 1 };
    parts.push(await part(constant, (axis) => (axis === along ? span : undefined)));
    first += count;
  }
  return parts;
};

const concat: Importer = async (call) => {
  const constants = call.inputs.map((_, index) => input(call, index));
  const [first] = constants as [Constant];
  const axis = axisOf(call.integer("axis", 0), Math.max(first.dims.length, 1));
  const fits = (dims: readonly number[]) =>
    dims.length === first.dims.length && dims.every((extent, at) => at === axis || extent === first.dims[at]);
  if (!constants.every(({ dims }) => fits(dims))) throw new Unsupported("it joins constants of different shapes");
  const total = constants.reduce((sum, { dims }) => sum + (dims[axis] as number), 0);
  const dims = first.dims.map((extent, at) => (at === axis ? total : extent));
  requireSmall(dims);
  const [before, after] = [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis + 1))];
  const all = await Promise.all(constants.map((constant) => constant.values()));
  const out = Array.from({ length: before }, (_, outer) =>
    constants.flatMap((constant, which) => {
      const length = (constant.dims[axis] as number) * after;
      return Array.from((all[which] as Float32Array).subarray(outer * length, (outer + 1) * length));
    }),
  ).flat();
  return Constant.of(out, dims, first.type, first.name);
};

const expand: Importer = async (call) => {
  const wanted = await input(call, 1).numbers();
  requireSmall(wanted);
  return combine(
    (a) => a,
    input(call),
    make(wanted, "integer", "", () => 1),
    input(call).type,
  );
};

const constantOfShape: Importer = async (call) => {
  const value = call.tensor("value");
  const dims = await input(call).numbers();
  const fill = value ? ((await value.values())[0] as number) : 0;
  if (dims.some((extent) => extent < 0)) throw new Unsupported(`it would make a constant of [${dims.join(", ")}]`);
  return make(dims, value?.type ?? "float", "a filled constant", () => fill);
};

const range: Importer = async (call) => {
  const [start, limit, delta] = (await Promise.all([0, 1, 2].map((index) => input(call, index).values()))).map(
    ([number]) => number as number,
  );
  const count = Math.max(Math.ceil(((limit as number) - (start as number)) / (delta as number)), 0);
  return make(
    [Number.isFinite(count) ? count : Infinity],
    input(call).type,
    "a range",
    (index) => (start as number) + index * (delta as number),
  );
};

const where: Importer = async (call) => {
  const [condition, yes, no] = [input(call), input(call, 1), input(call, 2)];
  const marked = await combine((a, b) => (a ? b : Number.NaN), condition, yes, "float");
  return combine((a, b) => (Number.isNaN(a) ? b : a), marked, no, yes.type);
};

const identity: Importer = (call) => input(call);

/** Operators on constants. */
export const FOLDS: Readonly<Record<string, Importer>> = {
  ...Object.fromEntries(Object.entries(BINARY).map(([name, apply]) => [name, binary(apply)])),
  ...Object.fromEntries(Object.entries(COMPARISONS).map(([name, apply]) => [name, binary(apply, "boolean")])),
  ...Object.fromEntries(Object.entries(UNARY).map(([name, apply]) => [name, unary(apply)])),
  ...Object.fromEntries(Object.keys(REDUCTIONS).map((name) => [name, reduce(name)])),
  ...{ Div: divide, Reshape: reshape, Flatten: flatten, Squeeze: squeeze, Unsqueeze: unsqueeze, Transpose: transpose, Cast: cast },
  ...{ Gather: gather, Slice: slice, Split: split, Concat: concat, Expand: expand, ConstantOfShape: constantOfShape, Range: range },
  ...{ Where: where, Identity: identity, Dropout: identity },
};
