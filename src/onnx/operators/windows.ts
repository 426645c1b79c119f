/** Convolutions and pools, and how models pad them. */
import type { Node } from "../../graph/graph.ts";
import type { Pads } from "../../ops/convolution.ts";
import type { PadNode } from "../../ops/pad.ts";
import type { Sides } from "../../ops/shape.ts";
import type { Call, Importer } from "../call.ts";
import { compute } from "../compute.ts";
import type { Constant } from "../constants.ts";
import { Margin, type NetValue, Unsupported } from "../values.ts";

interface Window {
  readonly kernel: Sides;
  readonly stride: Sides;
  readonly dilation: Sides;
  readonly pads: Pads;
  readonly ceil: boolean;
}

/** Of a window, a step or a pad. */
const MOST_PIXELS = 4096;

function sides(call: Call, name: string, usual: Sides | undefined): Sides {
  const given = call.integers(name) ?? usual;
  if (given?.length !== 2)
    throw new Unsupported(given ? `its ${name} has ${given.length} numbers, and only images of two sides are known` : `it has no ${name}`);
  return requireSmall(name, given) as unknown as Sides;
}

/** Throws Unsupported for numbers of pixels that no image has. */
function requireSmall(name: string, given: readonly number[]): readonly number[] {
  if (given.some((pixels) => !(pixels >= 0 && pixels <= MOST_PIXELS))) throw new Unsupported(`its ${name} are [${given.join(", ")}]`);
  return given;
}

/** Pads in the model's words; "same" is as little as keeps ceil(size / stride), the odd pixel at the end or at the beginning. */
function windowOf(call: Call, x: Node, kernelShape: Sides | undefined): Window {
  const kernel = sides(call, "kernel_shape", kernelShape);
  if (kernelShape && kernel.join() !== kernelShape.join()) throw new Unsupported("its kernel_shape is not that of its weights");
  const stride = sides(call, "strides", [1, 1]);
  const dilation = sides(call, "dilations", [1, 1]);
  const auto = call.word("auto_pad", "NOTSET", "", "VALID", "SAME_UPPER", "SAME_LOWER");
  const given = call.integers("pads") ?? [0, 0, 0, 0];
  const ceil = call.flag("ceil_mode");
  if (auto === "NOTSET" || auto === "") {
    if (requireSmall("pads", given).length !== 4) throw new Unsupported(`its pads are [${given.join(", ")}]`);
    return { kernel, stride, dilation, ceil, pads: given as unknown as Pads };
  }
  if (auto === "VALID") return { kernel, stride, dilation, ceil, pads: [0, 0, 0, 0] };
  const whole = ([0, 1] as const).map((axis) => {
    const size = x.shape[axis];
    const covered = dilation[axis] * (kernel[axis] - 1) + 1;
    const missing = (Math.ceil(size / stride[axis]) - 1) * stride[axis] + covered - size;
    // TensorFlow begins at the first pixel there, onnxruntime further in.
    if (missing < -2) throw new Unsupported(`its auto_pad is "${auto}" with a stride beyond its window, for which libraries differ`);
    return Math.max(missing, 0);
  });
  const before = whole.map((pad) => (auto === "SAME_UPPER" ? Math.floor(pad / 2) : Math.ceil(pad / 2)));
  const after = whole.map((pad, axis) => pad - (before[axis] as number));
  return { kernel, stride, dilation, ceil, pads: [...before, ...after] as unknown as Pads };
}

const summed = (pads: Pads, others: Pads): Pads => pads.map((pad, side) => pad + (others[side] as number)) as unknown as Pads;

/** What a node of zeros around an image adds, which a convolution can do by itself. */
function paddingBefore(x: Node): { x: Node; sides: Pads } | undefined {
  const { op, sides, reflects, value } = x as PadNode;
  if (op !== "pad" || reflects || value !== 0 || sides.some((side) => side < 0)) return undefined;
  return { x: x.inputs[0] as Node, sides };
}

const conv: Importer = (call) => {
  const { builder } = call;
  const [weight, bias] = [call.needed(1), call.constant(2)];
  const value = call.net();
  if (weight.dims.length === 3 && weight.dims[0] === 1 && weight.dims[1] === 1 && !bias) return alongChannels(call, value, weight);
  const image = builder.image(value);
  const [outputs, depth, ...kernel] = weight.dims as [number, number, number, number];
  if (kernel.length !== 2)
    throw new Unsupported(`its weights have the shape [${weight.dims.join(", ")}], and only images of two sides are known`);
  const groups = call.integer("group", 1);
  const { pads, stride, dilation } = windowOf(call, image, kernel as unknown as Sides);
  if (depth * groups !== image.shape[2] || (bias && bias.size !== outputs)) {
    throw new Unsupported(`its weights of [${weight.dims.join(", ")}] do not go with ${image.shape[2]} channels in ${groups} groups`);
  }
  const before = paddingBefore(image);
  const padding = before ? summed(pads, before.sides) : pads;
  const name = builder.label(call.label);
  builder.keep(`${name}.weight`, weight);
  if (bias) builder.keep(`${name}.bias`, bias);
  const options = { outputs, kernel: kernel as unknown as Sides, stride, dilation, padding, groups, bias: bias !== undefined };
  return builder.value(builder.graph.conv(before?.x ?? image, name, options));
};

/** A convolution of one filter along a vector of channels, as ECA has it (Wang et al. 2020): a matrix with the filter on every line. */
function alongChannels(call: Call, value: NetValue, weight: Constant): NetValue {
  const taps = weight.dims[2] as number;
  const channels = value.dims.at(-1) as number;
  const [before = 0, after = 0] = call.integers("pads") ?? [];
  const steps = [call.integers("strides"), call.integers("dilations")].flatMap((list) => list ?? []);
  const auto = call.word("auto_pad", "NOTSET", "", "VALID", "SAME_UPPER", "SAME_LOWER");
  call.ignore("kernel_shape");
  if (before + after !== taps - 1 || steps.some((step) => step !== 1) || call.integer("group", 1) !== 1 || auto !== "NOTSET") {
    throw new Unsupported(`it is a convolution along ${channels} channels that makes another number of them`);
  }
  const matrix = compute([channels, channels], "float", weight.name, async () => {
    const filter = await weight.values();
    return (index) => filter[(index % channels) - Math.floor(index / channels) + before] ?? 0;
  });
  return call.builder.dense(value, matrix, undefined, call.label);
}

/** A pool whose window is all of the image. */
function isGlobal(image: Node, { kernel, pads }: Window): boolean {
  return kernel[0] === image.shape[0] && kernel[1] === image.shape[1] && pads.every((pad) => pad === 0);
}

const pool =
  (mode: "max" | "average"): Importer =>
  (call) => {
    const { builder } = call;
    call.ignore("storage_order");
    if (call.node.outputs.filter((name) => name !== "").length > 1) throw new Unsupported("it gives the places of maxima too");
    const [value] = call.inputs;
    const margin = mode === "max" && value instanceof Margin ? value : undefined;
    const given = margin?.of ?? call.net();
    const image = builder.image(given);
    const own = windowOf(call, image, undefined);
    const window = margin ? { ...own, pads: summed(own.pads, margin.sides) } : own;
    const countPadding = mode === "average" && call.flag("count_include_pad");
    const { kernel, stride, dilation, pads: padding, ceil } = window;
    if (dilation.some((distance) => distance !== 1)) throw new Unsupported("it is a pool with dilation");
    if (kernel.every((side) => side === 1) && stride.every((side) => side === 1) && padding.every((pad) => pad === 0)) return given;
    const label = builder.label(call.label);
    if (mode === "average" && isGlobal(image, window)) return builder.value(builder.graph.globalPool(image, label));
    const options = { padding, ceil, label };
    const { graph } = builder;
    return builder.value(
      mode === "max"
        ? graph.maxPool(image, kernel, stride, options)
        : graph.averagePool(image, kernel, stride, { ...options, countPadding }),
    );
  };

const globalPool =
  (mode: "max" | "average"): Importer =>
  (call) => {
    const { builder } = call;
    const image = builder.image(call.net());
    return builder.value(pooled(call, image, mode));
  };

/** The mean or maximum over all pixels. */
export function pooled({ builder, label }: Call, image: Node, mode: "max" | "average"): Node {
  const [height, width] = image.shape;
  const name = builder.label(label);
  return mode === "average"
    ? builder.graph.globalPool(image, name)
    : builder.graph.maxPool(image, [height, width], [height, width], { label: name });
}

/** Half of a window of neighbouring channels, as the standard has it and as PyTorch. */
const localResponseNorm: Importer = (call) => {
  const { builder } = call;
  const size = call.integer("size", 0);
  const options = { size, alpha: call.float("alpha", 1e-4), beta: call.float("beta", 0.75), k: call.float("bias", 1) };
  // The standard counts (size - 1) / 2 channels before, rounded down, and the rest behind; the engine has it the other way round.
  if (size % 2 === 0) throw new Unsupported(`its size ${size} is even, for which libraries differ`);
  const value: NetValue = call.net();
  return builder.value(builder.graph.localResponseNorm(builder.image(value), { ...options, label: builder.label(call.label) }));
};

export const windows: Readonly<Record<string, Importer>> = {
  Conv: conv,
  MaxPool: pool("max"),
  AveragePool: pool("average"),
  GlobalAveragePool: globalPool("average"),
  GlobalMaxPool: globalPool("max"),
  LRN: localResponseNorm,
};
