import { roundUp } from "../../../src/engine/tensor.ts";
import { layerNorm, layerNormGradient, localResponseNorm, localResponseNormGradient } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase, type Tolerance } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const padded = (channels: number) => roundUp(channels, 4);

/** Pixels without padding, and as the kernels read them. */
function pixelsOf(random: Random, pixels: number, channels: number, low = -1, high = 1) {
  const rows = Array.from({ length: pixels }, () => random.floats(channels, low, high));
  return { rows, values: laidOut(rows) };
}

function laidOut(rows: readonly ArrayLike<number>[]): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    rows.flatMap((row) => Array.from({ length: padded(row.length) }, (_, c) => (c < row.length ? (row[c] as number) : 0))),
  );
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

interface Norm {
  pixels: number;
  channels: number;
  line?: number;
  low?: number;
  high?: number;
  tolerance?: Tolerance;
}

/** A mean and a variance of terms in [-1, 1], then a few operations on their quotient of a few units. */
const NORM: Tolerance = { absolute: 4e-6, relative: 4e-6 };
const EPSILON = 1e-5;

function normalised(row: ArrayLike<number>) {
  const values = Array.from(row);
  const middle = mean(values);
  const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)) + EPSILON);
  return { deviation, unit: values.map((value) => (value - middle) / deviation) };
}

function layerNormCase(name: string, seed: number, { pixels, channels, line = pixels, low, high, tolerance = NORM }: Norm): KernelCase {
  const random = new Random(seed);
  const { rows, values } = pixelsOf(random, pixels, channels, low, high);
  const [weight, bias] = [pixelsOf(random, 1, channels).values, pixelsOf(random, 1, channels).values];
  const expected = rows.map((row) => normalised(row).unit.map((value, c) => value * (weight[c] as number) + (bias[c] as number)));
  return kernelCase(layerNorm, name, {
    read: { image: values, weight, bias },
    written: { out: { expected: laidOut(expected) } },
    uniforms: { pixels, line, channels, channels4: padded(channels) / 4, epsilon: EPSILON },
    threads: [layerNorm.constants.WORKGROUP_X, line, Math.ceil(pixels / line)],
    tolerance,
  });
}

function layerNormGradientCase(
  name: string,
  seed: number,
  { pixels, channels, line = pixels, low, high, tolerance = NORM }: Norm,
): KernelCase {
  const random = new Random(seed);
  const { rows, values } = pixelsOf(random, pixels, channels, low, high);
  const gradient = pixelsOf(random, pixels, channels);
  const weight = pixelsOf(random, 1, channels).values;
  const expected = rows.map((row, pixel) => {
    const { deviation, unit } = normalised(row);
    const h = unit.map((_, c) => (gradient.rows[pixel]?.[c] as number) * (weight[c] as number));
    const product = mean(h.map((value, c) => value * (unit[c] as number)));
    return h.map((value, c) => (value - mean(h) - (unit[c] as number) * product) / deviation);
  });
  return kernelCase(layerNormGradient, name, {
    read: { gradient: gradient.values, image: values, weight },
    written: { out: { expected: laidOut(expected) } },
    uniforms: { pixels, line, channels, channels4: padded(channels) / 4, epsilon: EPSILON },
    threads: [layerNormGradient.constants.WORKGROUP_X, line, Math.ceil(pixels / line)],
    tolerance,
  });
}

interface Response {
  pixels: number;
  channels: number;
  size: number;
  alpha: number;
  beta: number;
  k: number;
  line?: number;
}

/** WGSL allows a logarithm 2^-21, near 1; a power of a few units follows from it. */
const POWER: Tolerance = { absolute: 4e-6, relative: 4e-6 };

function responseCases(name: string, seed: number, given: Response): KernelCase[] {
  const { pixels, channels, size, alpha, beta, k } = given;
  const random = new Random(seed);
  const { rows, values } = pixelsOf(random, pixels, channels, -3, 3);
  const gradient = pixelsOf(random, pixels, channels);
  const neighbours = (c: number) =>
    Array.from({ length: size }, (_, at) => c - Math.floor(size / 2) + at).filter((at) => at >= 0 && at < channels);
  const divisors = rows.map((row) =>
    Array.from(row, (_, c) => k + (alpha / size) * neighbours(c).reduce((sum, at) => sum + (row[at] as number) ** 2, 0)),
  );
  const forward = rows.map((row, pixel) => Array.from(row, (x, c) => x * (divisors[pixel]?.[c] as number) ** -beta));
  const backward = rows.map((row, pixel) => {
    const g = gradient.rows[pixel] as Float32Array;
    const d = divisors[pixel] as number[];
    const out = Array.from(row, (_, c) => (g[c] as number) * (d[c] as number) ** -beta);
    for (let c = 0; c < channels; c++) {
      const factor = ((-2 * alpha * beta) / size) * (g[c] as number) * (row[c] as number) * (d[c] as number) ** (-beta - 1);
      for (const at of neighbours(c)) out[at] = (out[at] as number) + factor * (row[at] as number);
    }
    return out;
  });
  const vectors = values.length / 4;
  const line = given.line ?? vectors;
  const call = {
    uniforms: { vectors, line, channels, channels4: padded(channels) / 4, size, alpha, beta, k },
    threads: [line, Math.ceil(vectors / line)] as const,
    tolerance: POWER,
  };
  return [
    kernelCase(localResponseNorm, name, { read: { image: values }, written: { out: { expected: laidOut(forward) } }, ...call }),
    kernelCase(localResponseNormGradient, name, {
      read: { gradient: gradient.values, image: values },
      written: { out: { expected: laidOut(backward) } },
      ...call,
    }),
  ];
}

/** Squares of differences from a mean of 1000 keep digits only if the mean comes first; f32 has 6e-5 there. */
const FAR: Tolerance = { absolute: 6e-4, relative: 6e-4 };

export const normCases: readonly KernelCase[] = [
  layerNormCase("one channel is 0 before its bias", 1, { pixels: 3, channels: 1 }),
  layerNormCase("padding does not count, 5 channels of 7 pixels", 2, { pixels: 7, channels: 5, low: 1, high: 3 }),
  layerNormCase("26 channels, several lines of the grid", 3, { pixels: 11, channels: 26, line: 6 }),
  layerNormCase("a large mean", 4, { pixels: 5, channels: 58, low: 999, high: 1001, tolerance: FAR }),
  layerNormCase("as many channels as ConvNeXt has", 5, { pixels: 2, channels: 768 }),
  layerNormCase("one more than lanes divide", 6, { pixels: 1, channels: 1537 }),

  layerNormGradientCase("one channel has none", 11, { pixels: 3, channels: 1 }),
  layerNormGradientCase("padding does not count, 3 channels of 7 pixels", 12, { pixels: 7, channels: 3, low: 1, high: 3, tolerance: FAR }),
  layerNormGradientCase("26 channels, several lines of the grid", 13, { pixels: 11, channels: 26, line: 6 }),
  layerNormGradientCase("a large mean", 14, { pixels: 5, channels: 58, low: 999, high: 1001, tolerance: FAR }),
  layerNormGradientCase("as many channels as ConvNeXt has", 15, { pixels: 2, channels: 768 }),
  layerNormGradientCase("one more than lanes divide", 16, { pixels: 1, channels: 1537 }),

  ...responseCases("one channel, less than the window", 21, { pixels: 3, channels: 1, size: 5, alpha: 1e-4, beta: 0.75, k: 1 }),
  ...responseCases("5 channels, an even window reaches further back", 22, { pixels: 7, channels: 5, size: 4, alpha: 1, beta: 0.75, k: 2 }),
  ...responseCases("26 channels, several lines of the grid", 23, {
    pixels: 6,
    channels: 26,
    size: 5,
    alpha: 2,
    beta: 0.5,
    k: 0.5,
    line: 16,
  }),
  ...responseCases("a window of one", 24, { pixels: 1, channels: 3, size: 1, alpha: 1, beta: 1, k: 1 }),
];
