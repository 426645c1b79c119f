/** Operators that only say how values are laid out. */

import { sizeOf } from "../../engine/tensor.ts";
import { extentsOf, reshapeAxes } from "../axes.ts";
import type { Call, Importer } from "../call.ts";
import { Constant } from "../constants.ts";
import { orderOf, RESHAPES } from "../shape-rules.ts";
import { ELEMENTS } from "../stored-tensor.ts";
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
  call.ignore("ratio", "seed");
  const [value] = call.inputs;
  return value instanceof Probability ? value : call.net();
};

const cast: Importer = (call) => {
  const to = ELEMENTS[call.integer("to", 1)] ?? "";
  call.ignore("saturate", "round_mode");
  if (!["FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16"].includes(to)) throw new Unsupported(`it turns values of the net into ${to}`);
  return identity(call);
};

const transpose: Importer = (call) => {
  const order = orderOf(call, dimsOf(call.inputs[0]).length);
  return relaid(call, (value) => value.with(order.map((axis) => value.axes[axis] ?? [])));
};

/** Values that are repeated along an axis of 1; only an image's sides can be. */
const expand: Importer = async (call) => {
  const value = call.net();
  const wanted = (await call.list(1)) ?? [];
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
  const over = call.opset < 13 ? value.axes.slice(axis) : [value.axes[axis] ?? []];
  if (covered !== classes || over.flat().some(({ of }) => of === "batch"))
    throw new Unsupported("it is a softmax over other values than all classes, as attention has");
  return new Probability("softmax", value);
};

export const shapes: Readonly<Record<string, Importer>> = {
  Identity: identity,
  Dropout: identity,
  Cast: cast,
  CastLike: identity,
  ...Object.fromEntries(
    Object.entries(RESHAPES).map(([name, rule]): [string, Importer] => [
      name,
      async (call) => relaid(call, reshaped(await rule(call, dimsOf(call.inputs[0])))),
    ]),
  ),
  Transpose: transpose,
  Expand: expand,
  Shape: shape,
  Size: size,
  Softmax: softmax,
  LogSoftmax: softmax,
};
