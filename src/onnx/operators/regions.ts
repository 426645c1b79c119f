/** Operators that take, join or surround regions of images: channels, lines, columns. */
import type { Node } from "../../graph/graph.ts";
import { type Axis, isAll, isChannels, reshapeAxes, sameAxis, whole } from "../axes.ts";
import type { Call, Importer } from "../call.ts";
import { compute } from "../compute.ts";
import { type Span, slicedSpans, splitSpans } from "../shape-rules.ts";
import { axisOf, Margin, NetValue, Unsupported } from "../values.ts";

function replaced(value: NetValue, node: Node, axis: number, runs: Axis): NetValue {
  return new NetValue(
    node,
    value.axes.map((own, at) => (at === axis ? runs : own)),
    node.label,
  );
}

/** Part of an axis. Throws Unsupported. */
function taken({ builder, label }: Call, value: NetValue, { axis, first, count, step }: Span): NetValue {
  const own = value.axes[axis] as Axis;
  const extent = value.dims[axis] as number;
  if (count === extent && step === 1) return value;
  if (count < 1) throw new Unsupported("it takes nothing of its input");
  const node = builder.settle(value);
  const indices = Array.from({ length: count }, (_, at) => first + at * step);
  if (isChannels(own)) {
    const elsewhere = value.axes.some((other, at) => at !== axis && other.some(({ of }) => of === "channels"));
    const [run] = own;
    if (!elsewhere) {
      return replaced(value, builder.pick(builder.inOrder(node, own, value.label), indices, label), axis, whole("channels", count));
    }
    if (own.length === 1 && run && run.step * run.extent === node.shape[2] && step === 1) {
      const part = builder.graph.slice(node, first * run.step, count * run.step, builder.label(label));
      return replaced(value, part, axis, count === 1 ? [] : [{ ...run, extent: count }]);
    }
  }
  const side = isAll(own, "height", node.shape[0]) ? 0 : isAll(own, "width", node.shape[1]) ? 1 : undefined;
  if (side === undefined || step < 1) throw new Unsupported(`it takes part of ${builder.describe(value)} along axis ${axis}`);
  const last = first + (count - 1) * step;
  const sides = [0, 0, 0, 0] as [number, number, number, number];
  [sides[side], sides[side + 2]] = [first, extent - 1 - last];
  let part = sides.some((pixels) => pixels > 0) ? builder.graph.crop(node, sides, builder.label(label)) : node;
  // A window of one pixel takes every so manieth.
  if (step > 1) part = builder.graph.maxPool(part, 1, side === 0 ? [step, 1] : [1, step], { label: builder.label(label) });
  return replaced(value, part, axis, whole(side === 0 ? "height" : "width", count));
}

const slice: Importer = async (call) => {
  const value = call.net();
  return (await slicedSpans(call, value.dims)).reduce((part, span) => taken(call, part, span), value);
};

const split: Importer = async (call) => {
  const value = call.net();
  return (await splitSpans(call, value.dims)).map((span) => taken(call, value, span));
};

/** Constant indices along an axis; a single one takes the axis away, and those of more axes bring theirs. */
const gather: Importer = async (call) => {
  const value = call.net();
  const axis = axisOf(call.integer("axis", 0), value.axes.length);
  const { dims } = call.needed(1);
  const extent = value.dims[axis] as number;
  const indices = (await call.needed(1).numbers()).map((index) => (index < 0 ? index + extent : index));
  if (indices.some((index) => !(index >= 0 && index < extent)) || indices.length === 0) {
    throw new Unsupported(`it takes the indices [${indices.slice(0, 8).join(", ")}] of ${extent}`);
  }
  const part = gathered(call, value, axis, indices);
  if (dims.length === 1) return part;
  const axes = reshapeAxes([part.axes[axis] as Axis], dims);
  if (!axes) throw new Unsupported(`it makes [${dims.join(", ")}] of the axis ${axis} of [${value.dims.join(", ")}]`);
  return part.with(part.axes.flatMap((own, at) => (at === axis ? axes : [own])));
};

function gathered(call: Call, value: NetValue, axis: number, indices: readonly number[]): NetValue {
  const [first, second] = indices as [number, number];
  const step = indices.length > 1 ? second - first : 1;
  if (indices.every((index, at) => index === first + at * step) && step !== 0) {
    return taken(call, value, { axis, first, count: indices.length, step });
  }
  const own = value.axes[axis] as Axis;
  const alone = value.axes.every((other, at) => at === axis || !other.some(({ of }) => of === "channels"));
  if (!isChannels(own) || !alone) throw new Unsupported(`it takes part of ${call.builder.describe(value)} along axis ${axis}`);
  const ordered = call.builder.inOrder(call.builder.settle(value), own, value.label);
  return replaced(value, call.builder.pick(ordered, indices, call.label), axis, whole("channels", indices.length));
}

const concat: Importer = (call) => {
  const { builder } = call;
  const values = call.inputs.map((_, index) => call.net(index));
  const [first] = values as [NetValue];
  const axis = axisOf(call.integer("axis", 1), first.axes.length);
  if (values.length === 1) return first;
  const nodes = values.map((value) => {
    const fits =
      value.axes.length === first.axes.length && value.axes.every((own, at) => at === axis || sameAxis(own, first.axes[at] as Axis));
    const others = value.axes.filter((_, at) => at !== axis).flat();
    const own = value.axes[axis] as Axis;
    if (!fits || others.some(({ of }) => of === "channels") || !isChannels(own)) {
      throw new Unsupported(
        `it joins ${values.map((each) => `[${each.dims.join(", ")}]`).join(", ")} along axis ${axis}, not along the channels`,
      );
    }
    return builder.inOrder(builder.settle(value), own, value.label);
  });
  const node = builder.graph.concat(nodes, builder.label(call.label));
  return replaced(first, node, axis, whole("channels", node.shape[2]));
};

const pad: Importer = async (call) => {
  const { builder } = call;
  const value = call.net();
  const mode = call.word("mode", "constant", "reflect", "edge", "wrap");
  const given = (await call.numbers("pads", 1)) ?? [];
  const fill = call.opset < 11 ? call.float("value", 0) : ((await call.constant(2)?.values())?.[0] ?? 0);
  const rank = value.axes.length;
  const axes = (await call.list(3))?.map((axis) => axisOf(axis, rank)) ?? value.axes.map((_, axis) => axis);
  if (given.length !== 2 * axes.length) throw new Unsupported(`its pads are [${given.join(", ")}]`);
  if (mode !== "constant" && mode !== "reflect") throw new Unsupported(`it pads by "${mode}"`);
  const sides = [0, 0, 0, 0] as [number, number, number, number];
  let [node, axesOfResult] = [builder.settle(value), [...value.axes]];
  const [height, width, channels] = node.shape;
  for (const [at, axis] of axes.entries()) {
    const [before, after] = [given[at] as number, given[at + axes.length] as number];
    if (before === 0 && after === 0) continue;
    const own = value.axes[axis] as Axis;
    const extent = (value.dims[axis] as number) + before + after;
    // Of an axis of 1 nothing says which one it is, other than its place.
    const place = own.length > 0 ? own[0]?.of : rank === 4 ? ([undefined, "channels", "height", "width"] as const)[axis] : undefined;
    if (place === "channels" && isAll(own, "channels", channels) && mode === "constant" && fill === 0 && before >= 0 && after >= 0) {
      node = widened(call, node, before, extent);
    } else if (place === "height" && isAll(own, "height", height)) [sides[0], sides[2]] = [before, after];
    else if (place === "width" && isAll(own, "width", width)) [sides[1], sides[3]] = [before, after];
    else throw new Unsupported(`it pads ${builder.describe(value)} along axis ${axis}`);
    axesOfResult = axesOfResult.map((runs, index) => (index === axis ? whole(place, extent) : runs));
  }
  if (fill === -Infinity && mode === "constant" && sides.every((pixels) => pixels >= 0)) {
    const dims = axesOfResult.map((runs) => runs.reduce((product, { extent: own }) => product * own, 1));
    return new Margin(value, sides, dims);
  }
  if (sides.some((pixels) => pixels !== 0)) node = builder.graph.pad(node, sides, { mode, value: fill, label: builder.label(call.label) });
  return new NetValue(node, axesOfResult, call.label);
};

/** More channels, of zeros: a convolution with ones where a channel stays. */
function widened({ builder, label }: Call, node: Node, before: number, outputs: number): Node {
  const channels = node.shape[2];
  const isKept = (index: number) => Math.floor(index / channels) - before === index % channels;
  const weight = compute([outputs, channels, 1, 1], "float", "ones", async () => (index) => Number(isKept(index)));
  const name = builder.label(label);
  builder.keep(`${name}.weight`, weight);
  return builder.graph.conv(node, name, { outputs, kernel: 1 });
}

export const regions: Readonly<Record<string, Importer>> = { Slice: slice, Split: split, Gather: gather, Concat: concat, Pad: pad };
