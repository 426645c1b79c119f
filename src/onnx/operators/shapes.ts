/** Operators that only say how values are laid out. */
import { extentsOf, reshapeAxes } from "../axes.ts";
import type { Call, Importer } from "../call.ts";
import { Constant, sizeOf } from "../constants.ts";
import { ELEMENTS } from "../model-file.ts";
import { sizedReshape } from "../shape-rules.ts";
import { axisOf, type NetValue, Probability, Unsupported, type Value } from "../values.ts";

/** Applies a change of axes to a value, or to what a probability is of. */
function relaid(call: Call, change: (value: NetValue) => NetValue): Value {
  const [value] = call.inputs;
  return value instanceof Probability ? new Probability(value.outputs, change(value.of)) : change(call.net());
}

function reshaped(dims: readonly number[]): (value: NetValue) => NetValue {
  return (value) => {
    const axes = reshapeAxes(value.axes, dims);
    if (!axes) throw new Unsupported(`it makes [${dims.join(", ")}] of [${value.dims.join(", ")}]`);
    return value.with(axes);
  };
}

const dimsOf = (value: Value | undefined): readonly number[] => value?.dims ?? [];

const identity: Importer = (call) => {
  call.ignore("ratio", "seed", "is_test", "consumed_inputs");
  const [value] = call.inputs;
  return value instanceof Probability ? value : call.net();
};

const cast: Importer = (call) => {
  const to = ELEMENTS[call.integer("to", 1)] ?? "";
  call.ignore("saturate", "round_mode");
  if (!["FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16"].includes(to)) throw new Unsupported(`it turns values of the net into ${to}`);
  return identity(call);
};

const reshape: Importer = async (call) => {
  const wanted = call.opset < 5 ? call.integers("shape") : await call.needed(1).numbers();
  const dims = sizedReshape(dimsOf(call.inputs[0]), wanted ?? [], call.integer("allowzero", 0) !== 0);
  return relaid(call, reshaped(dims));
};

const flatten: Importer = (call) => {
  const dims = dimsOf(call.inputs[0]);
  const given = call.integer("axis", 1);
  const axis = given === dims.length ? given : axisOf(given, dims.length);
  return relaid(call, reshaped([sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis))]));
};

const squeeze: Importer = async (call) => {
  const dims = dimsOf(call.inputs[0]);
  const given = await call.numbers("axes", 1);
  const axes = given?.map((axis) => axisOf(axis, dims.length)) ?? dims.flatMap((extent, axis) => (extent === 1 ? [axis] : []));
  if (axes.some((axis) => dims[axis] !== 1)) throw new Unsupported(`it takes an axis that is not 1 out of [${dims.join(", ")}]`);
  return relaid(call, reshaped(dims.filter((_, axis) => !axes.includes(axis))));
};

const unsqueeze: Importer = async (call) => {
  const given = (await call.numbers("axes", 1)) ?? [];
  const dims = [...dimsOf(call.inputs[0])];
  const rank = dims.length + given.length;
  for (const axis of given.map((axis) => axisOf(axis, rank)).sort((a, b) => a - b)) dims.splice(axis, 0, 1);
  return relaid(call, reshaped(dims));
};

const transpose: Importer = (call) => {
  const dims = dimsOf(call.inputs[0]);
  const order = call.integers("perm") ?? dims.map((_, axis) => dims.length - 1 - axis);
  if (order.length !== dims.length || new Set(order).size !== dims.length || order.some((axis) => !(axis in dims))) {
    throw new Unsupported(`its perm is [${order.join(", ")}]`);
  }
  return relaid(call, (value) => value.with(order.map((axis) => value.axes[axis] ?? [])));
};

/** Values that are repeated along an axis of 1; only an image's sides can be. */
const expand: Importer = async (call) => {
  const value = call.net();
  const wanted = await call.needed(1).numbers();
  const missing = Math.max(wanted.length - value.axes.length, 0);
  const own = [...Array.from({ length: missing }, () => 1), ...value.dims];
  const dims = own.map((extent, axis) => Math.max(extent, wanted[axis - (own.length - wanted.length)] ?? 1));
  const flat = reshaped(own)(value);
  if (dims.join() === own.join()) return flat;
  const [, , height, width] = dims as [number, number, number, number];
  if (dims.length !== 4 || dims[1] !== own[1] || dims[0] !== own[0])
    throw new Unsupported(`it repeats [${own.join(", ")}] as [${dims.join(", ")}]`);
  const image = call.builder.image(flat);
  return call.builder.value(call.builder.graph.resizeNearest(image, [height, width], call.builder.label(call.label)));
};

/** The dims of a value, which are known. */
const shape: Importer = (call) => {
  const dims = dimsOf(call.inputs[0]);
  const place = (at: number) => Math.min(Math.max(at < 0 ? at + dims.length : at, 0), dims.length);
  const part = dims.slice(place(call.integer("start", 0)), place(call.integer("end", dims.length)));
  return Constant.of(part, [part.length]);
};

const size: Importer = (call) => Constant.scalar(sizeOf(dimsOf(call.inputs[0])));

/** A softmax over the classes at the model's end. */
const softmax: Importer = (call) => {
  const value = call.net();
  const rank = value.axes.length;
  const axis = axisOf(call.integer("axis", call.opset < 13 ? 1 : -1), rank);
  const after = extentsOf(value.axes).slice(axis);
  const classes = sizeOf(value.node.shape);
  // Before opset 13 it runs over all axes from that one on.
  const covered = call.opset < 13 ? sizeOf(after) : (after[0] as number);
  if (covered !== classes) throw new Unsupported("it is a softmax over other values than all classes, as attention has");
  return new Probability("softmax", value);
};

export const shapes: Readonly<Record<string, Importer>> = {
  Identity: identity,
  Dropout: identity,
  Cast: cast,
  CastLike: identity,
  Reshape: reshape,
  Flatten: flatten,
  Squeeze: squeeze,
  Unsqueeze: unsqueeze,
  Transpose: transpose,
  Expand: expand,
  Shape: shape,
  Size: size,
  Softmax: softmax,
  LogSoftmax: softmax,
};
