import { roundUp } from "../../../src/engine/tensor.ts";
import type { Activation } from "../../../src/graph/graph.ts";
import { activate, constantsOf, parametersOf } from "../../../src/ops/activation-functions.ts";
import { binary, binaryGradient, prelu, sumAxis, sumChannels } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, roundings, sumTolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const OPERATORS = ["+", "-", "*", "/"] as const;
type Operator = (typeof OPERATORS)[number];

type Image = readonly [height: number, width: number, channels: number];

const padded = (channels: number) => roundUp(channels, 4);
const lengthOf = ([height, width, channels]: Image) => height * width * padded(channels);

/** A batch of images whose padding is 0; values are far enough from 0 to divide by. */
function imagesOf(random: Random, batch: number, shape: Image): Float32Array<ArrayBuffer> {
  const values = random.floats(batch * lengthOf(shape), 0.5, 2);
  return values.map((value, at) => (at % padded(shape[2]) < shape[2] ? (at % 3 ? value : -value) : 0));
}

function formOf(own: Image, out: Image): number {
  if (own.every((extent, axis) => extent === out[axis])) return 0;
  if (own[2] === 1 && out[2] > 1) return 2;
  return own[0] === 1 && own[1] === 1 ? 3 : 1;
}

function stepsOf([height, width, channels]: Image) {
  const pixel = padded(channels) / 4;
  return {
    image: height * width * pixel,
    line: height > 1 ? width * pixel : 0,
    pixel: width > 1 ? pixel : 0,
    vector: channels > 1 ? 1 : 0,
  };
}

interface Arithmetic {
  operator: Operator;
  a: Image;
  b: Image;
  batch?: number;
  /** Threads of a line of the grid. */
  line?: number;
}

/** What both kernels are given, and the values that meet at every value of the output, none at its padding. */
function meetings(seed: number, { operator, a, b, batch = 2, line }: Arithmetic) {
  const shape = a.map((extent, axis) => Math.max(extent, b[axis] as number)) as unknown as Image;
  const [height, width, channels] = shape;
  const random = new Random(seed);
  const [left, right] = [imagesOf(random, batch, a), imagesOf(random, batch, b)];
  const count = batch * lengthOf(shape);
  const at = (values: Float32Array, own: Image, index: number) => {
    const [c, p] = [index % padded(channels), Math.floor(index / padded(channels))];
    const [x, l] = [p % width, Math.floor(p / width)];
    const [y, n] = [l % height, Math.floor(l / height)];
    const place = (own[0] > 1 ? y : 0) * own[1] + (own[1] > 1 ? x : 0);
    return values[n * lengthOf(own) + place * padded(own[2]) + (own[2] > 1 ? c : 0)] as number;
  };
  const each = (value: (x: number, y: number, index: number) => number) =>
    Float64Array.from({ length: count }, (_, index) =>
      index % padded(channels) < channels ? value(at(left, a, index), at(right, b, index), index) : 0,
    );
  const [aSteps, bSteps] = [stepsOf(a), stepsOf(b)];
  return {
    ...{ left, right, each, count, random },
    constants: { OPERATOR: OPERATORS.indexOf(operator), A_FORM: formOf(a, shape), B_FORM: formOf(b, shape) },
    uniforms: {
      ...{ vectors: count / 4, line: line ?? count / 4, height, width, channels, channels4: padded(channels) / 4 },
      ...{ a_image: aSteps.image, a_line: aSteps.line, a_pixel: aSteps.pixel, a_vector: aSteps.vector },
      ...{ b_image: bSteps.image, b_line: bSteps.line, b_pixel: bSteps.pixel, b_vector: bSteps.vector },
    },
    threads: [line ?? count / 4, Math.ceil(count / 4 / (line ?? count / 4))] as const,
  };
}

const operate = (operator: Operator, x: number, y: number) => ({ "+": x + y, "-": x - y, "*": x * y, "/": x / y })[operator];

function binaryCase(name: string, seed: number, given: Arithmetic, activation?: Activation): KernelCase {
  const { left, right, each, constants, uniforms, threads } = meetings(seed, given);
  const value = (x: number, y: number) => operate(given.operator, x, y);
  return kernelCase(binary, name, {
    read: { a: left, b: right },
    written: { out: { expected: each((x, y) => (activation ? activate(activation, value(x, y)) : value(x, y))) } },
    constants: { ...constants, ...constantsOf(activation) },
    uniforms: { ...uniforms, ...parametersOf(activation) },
    threads,
    // WGSL allows a division 2.5 units in the last place, and sigmoids a few roundings more.
    tolerance: roundings(activation ? 16 : 5, 4),
  });
}

function gradientCase(name: string, seed: number, operand: 0 | 1, given: Arithmetic): KernelCase {
  const { left, right, each, count, random, constants, uniforms, threads } = meetings(seed, given);
  const gradient = random.floats(count);
  const slopes = {
    "+": () => 1,
    "-": () => (operand === 0 ? 1 : -1),
    "*": (x: number, y: number) => (operand === 0 ? y : x),
    "/": (x: number, y: number) => (operand === 0 ? 1 / y : -x / y ** 2),
  };
  return kernelCase(binaryGradient, name, {
    read: { gradient, a: left, b: right },
    written: { out: { expected: each((x, y, index) => (gradient[index] as number) * slopes[given.operator](x, y)) } },
    constants: { ...constants, OPERAND: operand },
    uniforms,
    threads,
    tolerance: roundings(12, 8),
  });
}

interface Axis {
  outer: number;
  count: number;
  inner: number;
  slices?: number;
  times?: boolean;
}

function sumAxisCase(name: string, seed: number, { outer, count, inner, slices = 1, times = false }: Axis): KernelCase {
  const random = new Random(seed);
  const values = random.floats(outer * count * inner * 4);
  const factor = random.floats(times ? values.length : 4);
  const slice = Math.ceil(count / slices);
  const expected = new Float64Array(outer * slices * inner * 4);
  for (const [at, value] of values.entries()) {
    const [v, rest] = [at % (inner * 4), Math.floor(at / (inner * 4))];
    const to = (Math.floor(rest / count) * slices + Math.floor((rest % count) / slice)) * inner * 4 + v;
    expected[to] = (expected[to] as number) + value * (times ? (factor[at] as number) : 1);
  }
  return kernelCase(sumAxis, name, {
    read: { values, factor },
    written: { out: { expected } },
    constants: { TIMES: Number(times) },
    uniforms: { outer, count, inner, slices, slice },
    threads: [inner, sumAxis.constants.WORKGROUP_Y, outer * slices],
    tolerance: sumTolerance(slice),
  });
}

function sumChannelsCase(name: string, seed: number, pixels: number, channels: number, times: boolean, line = pixels): KernelCase {
  const random = new Random(seed);
  const values = imagesOf(random, pixels, [1, 1, channels]);
  const factor = random.floats(times ? values.length : 4);
  const expected = new Float64Array(pixels * 4);
  for (const [at, value] of values.entries()) {
    const to = Math.floor(at / padded(channels)) * 4;
    expected[to] = (expected[to] as number) + value * (times ? (factor[at] as number) : 1);
  }
  return kernelCase(sumChannels, name, {
    read: { values, factor },
    written: { out: { expected } },
    constants: { TIMES: Number(times) },
    uniforms: { pixels, line, channels4: padded(channels) / 4 },
    threads: [sumChannels.constants.WORKGROUP_X, line, Math.ceil(pixels / line)],
    tolerance: sumTolerance(channels, 2),
  });
}

/** Forward where no gradient comes: the image is in its place. */
function preluCase(name: string, seed: number, pixels: number, channels: number, { back = false, shared = false, line = 0 }): KernelCase {
  const random = new Random(seed);
  const image = imagesOf(random, pixels, [1, 1, channels]).map((value, at) => (at === 1 ? 0 : value));
  const gradient = back ? random.floats(image.length) : image;
  const slopes = random.floats(shared ? 4 : padded(channels), -0.5, 1);
  const vectors = image.length / 4;
  const slope = (at: number) => slopes[shared ? 0 : at % padded(channels)] as number;
  return kernelCase(prelu, name, {
    read: { gradient, image, slopes },
    written: { out: { expected: gradient.map((g, at) => ((image[at] as number) > 0 ? g : g * slope(at))) } },
    constants: { SHARED: Number(shared) },
    uniforms: { vectors, line: line || vectors, channels4: padded(channels) / 4 },
    threads: [line || vectors, Math.ceil(vectors / (line || vectors))],
    tolerance: roundings(1, 2),
  });
}

export const arithmeticCases: readonly KernelCase[] = [
  binaryCase("a vector of each image, behind; 26 channels", 1, { operator: "*", a: [3, 5, 26], b: [1, 1, 26] }),
  binaryCase("a vector before, 5 channels, a sigmoid moves no padding", 2, { operator: "+", a: [1, 1, 5], b: [4, 3, 5] }, "sigmoid"),
  binaryCase("padding stays 0 where one channel is added", 3, { operator: "-", a: [3, 4, 1], b: [3, 4, 5] }),
  binaryCase("padding stays 0 where 0 is divided by 0, several lines of the grid", 4, {
    operator: "/",
    a: [5, 7, 3],
    b: [5, 7, 3],
    line: 32,
  }),
  binaryCase("a number, divided by an image", 5, { operator: "/", a: [1, 1, 1], b: [2, 3, 58] }),
  binaryCase("a vector of each of 5 images, channels that fill their vec4s", 8, { operator: "*", a: [1, 1, 12], b: [3, 5, 12], batch: 5 }),
  binaryCase("a line times a column", 6, { operator: "*", a: [1, 6, 5], b: [4, 1, 5] }),
  binaryCase("one pixel of one channel, 5 images", 7, { operator: "*", a: [1, 1, 1], b: [1, 1, 1], batch: 5 }),

  gradientCase("of an image that is gated", 11, 0, { operator: "*", a: [3, 5, 26], b: [1, 1, 26] }),
  gradientCase("of a factor before its sum", 12, 1, { operator: "*", a: [1, 6, 5], b: [4, 1, 5] }),
  gradientCase("of a subtrahend", 13, 1, { operator: "-", a: [3, 4, 5], b: [3, 4, 5] }),
  gradientCase("of a dividend, padding stays 0", 14, 0, { operator: "/", a: [1, 37, 5], b: [1, 1, 5], batch: 5 }),
  gradientCase("of a divisor of one channel, several lines of the grid", 15, 1, { operator: "/", a: [3, 4, 6], b: [3, 4, 1], line: 16 }),
  gradientCase("of a summand", 16, 1, { operator: "+", a: [1, 1, 1], b: [1, 1, 1] }),

  sumAxisCase("one value", 21, { outer: 1, count: 1, inner: 1 }),
  sumAxisCase("fewer than lanes, more vec4s than a workgroup, a batch", 22, { outer: 3, count: 5, inner: 19 }),
  sumAxisCase("products, more than lanes", 23, { outer: 2, count: 37, inner: 3, times: true }),
  sumAxisCase("slices, the last of them shorter", 24, { outer: 2, count: 50, inner: 2, slices: 3 }),
  sumAxisCase("slices of products, the last of them empty", 25, { outer: 1, count: 9, inner: 1, slices: 4, times: true }),

  sumChannelsCase("one channel of one pixel", 31, 1, 1, false),
  sumChannelsCase("5 channels of 7 pixels, products", 32, 7, 5, true),
  sumChannelsCase("more channels than lanes, several lines of the grid", 33, 11, 77, false, 4),

  preluCase("5 channels, and 0 itself", 41, 3, 5, {}),
  preluCase("26 channels back, several lines of the grid", 42, 7, 26, { back: true, line: 16 }),
  preluCase("one slope for 58 channels", 43, 2, 58, { shared: true }),
  preluCase("one slope for all, back, one pixel", 44, 1, 1, { shared: true, back: true }),
];
