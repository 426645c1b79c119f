import { roundUp } from "../../../src/engine/tensor.ts";
import type { Activation } from "../../../src/graph/graph.ts";
import { activate, constantsOf, describeActivation, isInvertible, parametersOf, slopeOf } from "../../../src/ops/activation-functions.ts";
import { activationGradient, activation as activationKernel } from "../../../src/shaders/index.ts";
import { type KernelCase, kernelCase } from "../../support/kernels.ts";
import { Random } from "../../support/random.ts";

const ACTIVATIONS: readonly Activation[] = [
  ...(["relu", "relu6", "sigmoid", "tanh", "silu", "hardSigmoid", "hardSwish", "gelu", "geluTanh", "mish"] as const),
  { name: "clip", low: -1, high: 2 },
  { name: "leakyRelu", slope: 0.1 },
  { name: "elu", alpha: 1.5 },
  { name: "hardSigmoid", slope: 0.2, offset: 0.5 },
];
/** Polynomials and exponentials in f32, of values up to 6. */
const TOLERANCE = { absolute: 2e-6, relative: 2e-6 };
const EXTREMES = [0, -0, 1e-20, -1e-20, 88, -88, 104, -104, 1e4, -1e4, 1e20, -1e20];

function inputs(seed: number, count: number, range = 6): Float32Array<ArrayBuffer> {
  return new Random(seed).floats(count, -range, range);
}

function activationCase(
  name: string,
  activation: Activation,
  values: Float32Array<ArrayBuffer>,
  channels: number,
  line?: number,
): KernelCase {
  const vectors = values.length / 4;
  const padded = roundUp(channels, 4);
  const expected = Array.from(values, (x, i) => (i % padded < channels ? activate(activation, x) : 0));
  return kernelCase(activationKernel, `${describeActivation(activation)}: ${name}`, {
    read: { image: values },
    written: { out: { expected } },
    constants: constantsOf(activation),
    uniforms: { vectors, line: line ?? vectors, channels, ...parametersOf(activation) },
    threads: [line ?? vectors, Math.ceil(vectors / (line ?? vectors))],
    tolerance: TOLERANCE,
  });
}

/** The slope is 1 ... -1 times the gradient, which is at most 1. */
function gradientCase(activation: Activation, seed: number): KernelCase {
  const before = inputs(seed, 64);
  const gradient = new Random(seed + 1).floats(64);
  const value = isInvertible(activation) ? before.map((x) => activate(activation, x)) : before;
  return kernelCase(activationGradient, `${describeActivation(activation)}: slopes`, {
    read: { gradient, value, clean: new Float32Array(4) },
    written: { out: { expected: gradient.map((g, i) => g * slopeOf(activation, before[i] as number)) } },
    constants: constantsOf(activation),
    uniforms: { vectors: 16, line: 16, clean_vectors: 0, ...parametersOf(activation) },
    threads: [16],
    tolerance: { absolute: 4e-6, relative: 4e-6 },
  });
}

export const activationCases: KernelCase[] = [
  ...ACTIVATIONS.flatMap((activation, at) => [
    activationCase("values of both signs", activation, inputs(at + 1, 64), 8),
    activationCase("zeros of both signs, and what makes exponentials overflow", activation, Float32Array.from(EXTREMES), 4),
    gradientCase(activation, 50 + at),
  ]),
  activationCase("padding stays 0, of 5 channels in 2 lines of the grid", "sigmoid", inputs(97, 40), 5, 6),
  activationCase("one value, of 1 channel", "hardSigmoid", inputs(98, 4), 1),
];
