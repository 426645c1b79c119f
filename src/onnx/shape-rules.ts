/** Rules that shape arithmetic and the values of the net have in common. */
import { sizeOf } from "../engine/tensor.ts";
import { FormatError } from "../nets/weights/format-error.ts";
import type { Call } from "./call.ts";
import { axisOf, Unsupported } from "./values.ts";

/** The dims that Reshape makes: 0 keeps an extent, -1 is what is left. Throws Unsupported where they do not hold the values. */
function sizedReshape(from: readonly number[], wanted: readonly number[], allowZero: boolean): number[] {
  const dims = wanted.map((extent, axis) => (extent === 0 && !allowZero ? (from[axis] ?? 0) : extent));
  const free = dims.indexOf(-1);
  if (free >= 0) dims[free] = sizeOf(from) / sizeOf(dims.filter((_, axis) => axis !== free));
  if (!dims.every((extent) => Number.isInteger(extent) && extent >= 0) || sizeOf(dims) !== sizeOf(from)) {
    throw new Unsupported(`it makes [${wanted.join(", ")}] of [${from.join(", ")}]`);
  }
  return dims;
}

/** Indices that Slice takes along an axis: `count` of them, `step` apart. */
export interface Span {
  readonly axis: number;
  readonly first: number;
  readonly count: number;
  readonly step: number;
}

/** What Slice takes along every axis that it names. Throws Unsupported. */
function spansOf(
  dims: readonly number[],
  {
    starts,
    ends,
    axes,
    steps,
  }: Readonly<Record<"starts" | "ends", readonly number[]> & Record<"axes" | "steps", readonly number[] | undefined>>,
): Span[] {
  if (starts.length !== ends.length || (axes && axes.length !== starts.length) || (steps && steps.length !== starts.length)) {
    throw new Unsupported("its starts, ends, axes and steps differ in length");
  }
  const chosen = starts.map((_, at) => axisOf(axes?.[at] ?? at, dims.length));
  if (new Set(chosen).size < chosen.length) throw new FormatError("it names an axis twice");
  return starts.map((start, at) => {
    const axis = chosen[at] as number;
    const extent = dims[axis] as number;
    const step = steps?.[at] ?? 1;
    if (!Number.isInteger(step) || step === 0) throw new Unsupported(`its step is ${step}`);
    const within = (place: number, low: number, high: number) => Math.min(Math.max(place < 0 ? place + extent : place, low), high);
    const [low, high] = step > 0 ? [0, extent] : [-1, extent - 1];
    const first = within(start, step > 0 ? low : 0, high);
    const end = within(ends[at] as number, low, high);
    return { axis, first, step, count: Math.max(Math.ceil((end - first) / step), 0) };
  });
}

/** Sizes that Split makes of an axis. Throws Unsupported where they do not make it. */
function splitSizes(extent: number, given: readonly number[] | undefined, outputs: number, parts: number): number[] {
  if (given) {
    if (given.length !== outputs || given.reduce((sum, size) => sum + size, 0) !== extent)
      throw new Unsupported(`it splits ${extent} into [${given.join(", ")}]`);
    return [...given];
  }
  const size = Math.ceil(extent / parts);
  const sizes = Array.from({ length: parts }, (_, at) => Math.min(size, extent - at * size));
  if (parts !== outputs || sizes.some((part) => part < 1)) throw new Unsupported(`it splits ${extent} into ${parts} parts`);
  return sizes;
}

type Dims = readonly number[];

/** The dims that an operator gives a value of `dims`, of those that change nothing else. They throw Unsupported. */
export const RESHAPES: Readonly<Record<string, (call: Call, dims: Dims) => Dims | Promise<Dims>>> = {
  async Reshape(call, dims) {
    const wanted = await call.list(1);
    return sizedReshape(dims, wanted ?? [], call.flag("allowzero"));
  },
  Flatten(call, dims) {
    const given = call.integer("axis", 1);
    const axis = given === dims.length ? given : axisOf(given, dims.length);
    return [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))];
  },
  async Squeeze(call, dims) {
    const given = await call.numbers("axes", 1);
    const axes = given?.map((axis) => axisOf(axis, dims.length)) ?? dims.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
    if (axes.some((axis) => dims[axis] !== 1)) throw new Unsupported(`it takes an axis that is not 1 out of [${dims.join(", ")}]`);
    return dims.filter((_, axis) => !axes.includes(axis));
  },
  async Unsqueeze(call, dims) {
    const given = (await call.numbers("axes", 1)) ?? [];
    const all = [...dims];
    for (const axis of given.map((axis) => axisOf(axis, dims.length + given.length)).sort((a, b) => a - b)) all.splice(axis, 0, 1);
    return all;
  },
};

/** Which axis of `rank` each axis of Transpose's result was. Throws Unsupported. */
export function orderOf(call: Call, rank: number): readonly number[] {
  const order = call.integers("perm") ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  if (order.length !== rank || new Set(order).size !== rank || order.some((axis) => !(axis >= 0 && axis < rank))) {
    throw new Unsupported(`its perm is [${order.join(", ")}]`);
  }
  return order;
}

/** What Slice takes of a value of `dims`: by attributes before opset 10, by inputs since. Throws Unsupported. */
export async function slicedSpans(call: Call, dims: Dims): Promise<Span[]> {
  const [starts, ends] = [(await call.numbers("starts", 1)) ?? [], (await call.numbers("ends", 2)) ?? []];
  const [axes, steps] = [await call.numbers("axes", 3), await call.list(4)];
  return spansOf(dims, { starts, ends, axes, steps });
}

/** The parts that Split makes of a value of `dims`. Throws Unsupported. */
export async function splitSpans(call: Call, dims: Dims): Promise<Span[]> {
  const axis = axisOf(call.integer("axis", 0), dims.length);
  const given = await call.numbers("split", 1);
  const outputs = call.node.outputs.length;
  let first = 0;
  return splitSizes(dims[axis] as number, given, outputs, call.integer("num_outputs", outputs)).map((count) => {
    const span = { axis, first, count, step: 1 };
    first += count;
    return span;
  });
}

/** What Clip holds values between: attributes before opset 11, inputs since, of which either may be absent. Throws Unsupported. */
export async function clipBounds(call: Call): Promise<[low: number, high: number]> {
  const bound = async (name: string, index: number, usual: number) => {
    if (call.opset < 11) return call.float(name, usual);
    const constant = call.constant(index);
    if (constant && constant.size !== 1) throw new Unsupported(`it wants a number and gets ${constant.size}`);
    return (await constant?.values())?.[0] ?? usual;
  };
  return [await bound("min", 1, -Infinity), await bound("max", 2, Infinity)];
}
