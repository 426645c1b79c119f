import type { Node, NodeOf } from "../src/graph/graph.ts";
import type { Precision } from "../src/ops/pack.ts";
import type { Layer } from "./layers.ts";
import { Noise } from "./noise.ts";

/** Where a layer's values come from: all of them by their index in the unpadded tensor, batch first. */
export interface LayerValues {
  input(index: number): number;
  /** In PyTorch's order: outputs, inputs, ky, kx. */
  weight(index: number): number;
  bias(index: number): number;
  added(index: number): number;
}

/** A value of the output from the definition, in float64, and the sum of the magnitudes of its terms, which rounding errors scale with. */
export interface Exact {
  value: number;
  magnitude: number;
}

/**
 * Largest error allowed, as a share of the terms' magnitudes. Sums in f32 stay below 1e-7 and products by transformed tiles below 1e-6; a
 * missing term of n makes 1 / n on average, more than this for every layer measured. Half-precision weights are off by 2^-12 on average.
 */
export const TOLERANCE: Record<Precision, number> = { f32: 2e-6, f16: 5e-4 };

/** Value `index` of the layer's output for a batch, NHWC without padding. */
export function evaluateAt({ node, added, activation }: Layer, values: LayerValues, index: number): Exact {
  const { value, magnitude } = produce(node, values, index);
  const residual = added ? values.added(index) : 0;
  const sum = value + residual;
  const clamped = activation ? Math.min(Math.max(sum, 0), activation === "relu6" ? 6 : Number.POSITIVE_INFINITY) : sum;
  return { value: clamped, magnitude: magnitude + Math.abs(residual) };
}

function produce(node: Node, values: LayerValues, index: number): Exact {
  const [height, width, channels] = node.shape;
  const size = height * width * channels;
  const batch = Math.floor(index / size);
  const [x, y] = [Math.floor(index / channels) % width, Math.floor((index % size) / (width * channels))];
  const channel = index % channels;
  switch (node.op) {
    case "conv":
      return convolve(node, values, batch, y, x, channel);
    case "linear":
      return multiply(node, values, batch, index % size);
    case "pool":
      return pool(node, values, batch, y, x, channel);
    case "globalPool":
      return average(node, values, batch, channel);
    case "upsample":
      return interpolate(node, values, batch, y, x, channel);
    case "add":
      return single(values.input(index));
    default:
      throw new Error(`No reference computes ${node.op}.`);
  }
}

function single(value: number): Exact {
  return { value, magnitude: Math.abs(value) };
}

function sumOf(terms: Iterable<number>): Exact {
  const sum = { value: 0, magnitude: 0 };
  for (const term of terms) {
    sum.value += term;
    sum.magnitude += Math.abs(term);
  }
  return sum;
}

/** Index of a pixel's first channel. */
function pixel([height, width, channels]: Node["shape"], batch: number, y: number, x: number): number {
  return ((batch * height + y) * width + x) * channels;
}

function convolve(node: NodeOf<"conv">, { input, weight, bias }: LayerValues, batch: number, y: number, x: number, output: number): Exact {
  const { shape } = node.inputs[0] as Node;
  const { kernel, stride, pad, depthwise } = node;
  const inputs = depthwise ? 1 : shape[2];
  function* terms() {
    yield bias(output);
    for (let tap = 0; tap < kernel ** 2; tap++) {
      const [from, line] = [x * stride + (tap % kernel) - pad[1], y * stride + Math.floor(tap / kernel) - pad[0]];
      if (line < 0 || line >= shape[0] || from < 0 || from >= shape[1]) continue;
      const start = pixel(shape, batch, line, from) + (depthwise ? output : 0);
      for (let i = 0; i < inputs; i++) yield input(start + i) * weight((output * inputs + i) * kernel ** 2 + tap);
    }
  }
  return sumOf(terms());
}

function multiply(node: NodeOf<"linear">, { input, weight, bias }: LayerValues, batch: number, output: number): Exact {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const pixels = height * width;
  const inner = pixels * channels;
  function* terms() {
    yield bias(output);
    for (let k = 0; k < inner; k++) {
      const from = node.flatten === "nhwc" ? k : (k % pixels) * channels + Math.floor(k / pixels);
      yield input(batch * inner + from) * weight(output * inner + k);
    }
  }
  return sumOf(terms());
}

function pool(node: NodeOf<"pool">, { input }: LayerValues, batch: number, y: number, x: number, channel: number): Exact {
  const { shape } = node.inputs[0] as Node;
  const { window, stride, pad } = node;
  const taps: number[] = [];
  for (let line = Math.max(y * stride - pad, 0); line < Math.min(y * stride - pad + window, shape[0]); line++) {
    for (let from = Math.max(x * stride - pad, 0); from < Math.min(x * stride - pad + window, shape[1]); from++)
      taps.push(input(pixel(shape, batch, line, from) + channel));
  }
  if (node.mode === "max") return single(Math.max(...taps));
  const count = node.countPadding ? window ** 2 : taps.length;
  return sumOf(taps.map((tap) => tap / count));
}

function average(node: Node, { input }: LayerValues, batch: number, channel: number): Exact {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const pixels = height * width;
  return sumOf(Array.from({ length: pixels }, (_, at) => input((batch * pixels + at) * channels + channel) / pixels));
}

function interpolate(node: Node, { input }: LayerValues, batch: number, y: number, x: number, channel: number): Exact {
  const { shape } = node.inputs[0] as Node;
  const [down, across] = [neighbours(y, shape[0], node.shape[0]), neighbours(x, shape[1], node.shape[1])];
  return sumOf(down.flatMap(([line, v]) => across.map(([from, u]) => v * u * input(pixel(shape, batch, line, from) + channel))));
}

/** The two samples that a bilinear one lies between, with half-pixel centres, and their weights. */
function neighbours(at: number, size: number, outSize: number): [number, number][] {
  const position = Math.min(Math.max(((at + 0.5) * size) / outSize - 0.5, 0), size - 1);
  const first = Math.floor(position);
  return [
    [first, 1 - (position - first)],
    [Math.min(first + 1, size - 1), position - first],
  ];
}

/** The first and the last index below `size`, and random ones between: `count` at most, ascending. */
export function samplePositions(size: number, count: number, name: string): number[] {
  const noise = new Noise(`positions of ${name}`, 0.5, 0.5);
  const random = Array.from({ length: count - 2 }, (_, i) => Math.floor(noise.at(i) * size));
  return [...new Set([0, size - 1, ...random])].sort((a, b) => a - b);
}

/** The largest error at the given positions as a share of the terms' magnitudes; infinite where a value is not a number. */
export function largestError(layer: Layer, values: LayerValues, positions: readonly number[], found: ArrayLike<number>): number {
  const errors = positions.map((index, at) => {
    const { value, magnitude } = evaluateAt(layer, values, index);
    const error = Math.abs((found[at] as number) - value) / Math.max(magnitude, Number.MIN_VALUE);
    return Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
  });
  return Math.max(...errors);
}

/** The largest error at the given positions by the largest value there. */
export function relativeError(layer: Layer, values: LayerValues, positions: readonly number[], found: ArrayLike<number>): number {
  const exact = positions.map((index) => evaluateAt(layer, values, index).value);
  const errors = exact.map((value, at) => Math.abs((found[at] as number) - value));
  return Math.max(...errors) / Math.max(...exact.map(Math.abs), Number.MIN_VALUE);
}
