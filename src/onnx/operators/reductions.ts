/** Means, sums and maxima over axes, and resizing. */
import { type Axis, isAll } from "../axes.ts";
import type { Call, Importer } from "../call.ts";
import { Constant } from "../constants.ts";
import { binary, constantFormula, LONGEST } from "../formula.ts";
import { axisOf, NetValue, Unsupported } from "../values.ts";
import { meanPart, valueOfPart } from "./layer-norm-parts.ts";
import { pooled } from "./windows.ts";

type Kind = "mean" | "sum" | "max";

const reduce =
  (kind: Kind): Importer =>
  async (call) => {
    const keeps = call.flag("keepdims", true);
    const given = await call.numbers("axes", 1);
    const isNoop = call.flag("noop_with_empty_axes");
    const input = call.inputs[0] ?? call.net();
    const rank = input.dims?.length ?? 0;
    if (!given?.length && isNoop) return call.net();
    const axes = given?.length ? given.map((axis) => axisOf(axis, rank)) : Array.from({ length: rank }, (_, axis) => axis);
    if (kind === "mean") {
      const part = meanPart(input, axes, keeps);
      if (part) return part;
    }
    const value = call.net();
    const dropped = (result: NetValue) => result.with(result.axes.filter((_, axis) => keeps || !axes.includes(axis)));
    const times = (result: NetValue, factor: number) => {
      if (kind !== "sum" || factor === 1) return result;
      const own = result.formula.size < LONGEST ? result : new NetValue(call.builder.settle(result), result.axes, result.label);
      return new NetValue(own.node, own.axes, call.label, binary("multiply", own.formula, constantFormula(factor)));
    };
    const mean = meanPart(value, axes, true);
    if (mean && kind === "sum") return dropped(times(valueOfPart(call, mean), value.node.shape[2]));
    if (mean && kind === "mean") return dropped(valueOfPart(call, mean));
    return dropped(
      times(
        overPositions(call, value, axes, kind),
        axes.reduce((product, axis) => product * (value.dims[axis] as number), 1),
      ),
    );
  };

/** The mean or maximum over lines, columns or both. */
function overPositions(call: Call, value: NetValue, axes: readonly number[], kind: Kind): NetValue {
  const { builder } = call;
  const node = builder.settle(value);
  const [height, width] = node.shape;
  const runs = axes.flatMap((axis) => [...(value.axes[axis] as Axis)]);
  const covers = (of: "height" | "width", extent: number) =>
    isAll(
      runs.filter((run) => run.of === of),
      of,
      extent,
    );
  const has = (of: string) => runs.some((run) => run.of === of);
  if (
    runs.some(({ of }) => of === "batch" || of === "channels") ||
    (has("height") && !covers("height", height)) ||
    (has("width") && !covers("width", width))
  ) {
    throw new Unsupported(`it takes the ${kind} of ${builder.describe(value)} over the axes [${axes.join(", ")}]`);
  }
  const mode = kind === "max" ? "max" : "average";
  const [down, across] = [has("height") ? height : 1, has("width") ? width : 1];
  const left = value.axes.map((axis, at) => (axes.includes(at) ? [] : axis));
  if (down * across === 1) return new NetValue(node, left, value.label);
  if (down === height && across === width) return new NetValue(pooled(call, node, mode), left, call.label);
  const label = builder.label(call.label);
  const window = [down, across] as const;
  const pool =
    mode === "max" ? builder.graph.maxPool(node, window, window, { label }) : builder.graph.averagePool(node, window, window, { label });
  return new NetValue(pool, left, label);
}

const TRANSFORMATIONS = [
  ...["half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn"],
  ...["tf_crop_and_resize"],
];
const ROUNDINGS = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"];

/** By whole factors, or to any size where it takes the nearest pixel. */
const resize: Importer = async (call) => {
  const { builder, node: model } = call;
  const value = call.net();
  const { dims } = value;
  const mode = call.word("mode", "nearest", "linear", "cubic");
  call.ignore("cubic_coeff_a", "exclude_outside", "extrapolation_value");
  const policy = call.word("keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller");
  if (policy !== "stretch") throw new Unsupported(`it resizes by the policy "${policy}"`);
  if (call.flag("antialias")) throw new Unsupported("it resizes with antialiasing");
  const isUpsample = model.operator === "Upsample";
  const usual = isUpsample || call.opset < 11 ? "asymmetric" : "half_pixel";
  const transformation = call.word("coordinate_transformation_mode", usual, ...TRANSFORMATIONS);
  const nearest = call.word("nearest_mode", isUpsample || call.opset < 11 ? "floor" : "round_prefer_floor", ...ROUNDINGS);
  const given = call.floats("scales") ?? (await call.list(isUpsample || call.opset < 11 ? 1 : 2));
  const sizes = call.opset < 11 ? undefined : await call.list(3);
  const named = call.integers("axes")?.map((axis) => axisOf(axis, dims.length));
  if ([given, sizes].some((list) => list?.length && list.length !== (named ?? dims).length))
    throw new Unsupported("it resizes other axes than there are");
  const at = (list: readonly number[] | undefined, axis: number) => list?.[named ? named.indexOf(axis) : axis];
  const scales = dims.map((extent, axis) => {
    const size = at(sizes, axis);
    return sizes?.length ? (size ?? extent) / extent : (at(given, axis) ?? 1);
  });
  const [batch, channels, down, across] = scales as [number, number, number, number];
  if (dims.length !== 4 || batch !== 1 || channels !== 1)
    throw new Unsupported(`it resizes [${dims.join(", ")}] by [${scales.join(", ")}]`);
  const image = builder.image(value);
  const [height, width] = image.shape;
  const size = [Math.floor(height * down + 1e-6), Math.floor(width * across + 1e-6)] as const;
  if (size[0] === height && size[1] === width) return value;
  const label = builder.label(call.label);
  if (mode === "nearest") {
    for (const [own, out, scale] of [[height, size[0], down] as const, [width, size[1], across] as const]) {
      // Opset 10 leaves it open, and onnxruntime rounds up where it shrinks.
      const rounding = call.opset === 10 && scale < 1 ? "ceil" : nearest;
      const differs = Array.from({ length: out }, (_, y) => y).some(
        (y) => sampleAt(y, scale, transformation, rounding, own) !== Math.floor((y * own) / out),
      );
      if (differs) throw new Unsupported(`it resizes by "${transformation}" and "${rounding}"`, 'Export it with "asymmetric" and "floor".');
    }
    return builder.value(builder.graph.resizeNearest(image, size, label));
  }
  const isHalf = transformation === "half_pixel" || transformation === "pytorch_half_pixel";
  if (mode !== "linear" || !isHalf || down !== across || !Number.isInteger(down)) {
    throw new Unsupported(
      `it resizes by "${mode}" and "${transformation}" from ${height} x ${width} to ${size.join(" x ")}`,
      "Bilinear resizing is known by whole factors.",
    );
  }
  return builder.value(builder.graph.upsample(image, down));
};

/** The pixel that the nearest one of the standard is. */
function sampleAt(y: number, scale: number, transformation: string, mode: string, size: number): number {
  const at = transformation === "asymmetric" ? y / scale : transformation.endsWith("half_pixel") ? (y + 0.5) / scale - 0.5 : Number.NaN;
  const rounded =
    mode === "floor"
      ? Math.floor(at)
      : mode === "ceil"
        ? Math.ceil(at)
        : mode === "round_prefer_ceil"
          ? Math.floor(at + 0.5)
          : Math.ceil(at - 0.5);
  return Math.min(Math.max(rounded, 0), size - 1);
}

/** Numbers that the net does not depend on. */
const constant: Importer = (call) => {
  const value = call.tensor("value");
  if (value) return value.name ? value : value.renamed(call.node.outputs[0] ?? "");
  const { attributes } = call.node;
  if (attributes.has("value_float")) return Constant.scalar(call.float("value_float", 0), "float");
  if (attributes.has("value_int")) return Constant.scalar(call.integer("value_int", 0));
  const floats = call.floats("value_floats");
  if (floats) return Constant.of(floats, [floats.length], "float");
  const integers = call.integers("value_ints");
  if (integers) return Constant.of(integers, [integers.length]);
  throw new Unsupported("it is a constant without a value that is known");
};

export const reductions: Readonly<Record<string, Importer>> = {
  ReduceMean: reduce("mean"),
  ReduceSum: reduce("sum"),
  ReduceMax: reduce("max"),
  Resize: resize,
  Upsample: resize,
  Constant: constant,
};
