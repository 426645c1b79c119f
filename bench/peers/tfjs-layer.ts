/** Computes single layers with TensorFlow.js. */
import * as tf from "@tensorflow/tfjs-core";
import type { Activation } from "../../src/graph/graph.ts";
import type { Pads, Step, StepOf } from "./program.ts";
import { activate, fusedActivation } from "./tfjs-activations.ts";

/** A step with its weights as tensors. */
export interface Layer {
  readonly weights: readonly tf.Tensor[];
  /** What the step makes of its input and, if it has them, its residual or what is joined. */
  run(x: tf.Tensor, ...others: readonly tf.Tensor[]): tf.Tensor;
}

/** A fused operator: it takes an activation, but no residual. */
interface Fused {
  readonly weights: readonly tf.Tensor[];
  run(x: tf.Tensor, activation: Activation | undefined): tf.Tensor;
}

export function prepareLayer(step: Step): Layer {
  if (step.op === "conv") return withResidual(convolution(step), step.activation);
  if (step.op === "linear") return withResidual(dense(step), step.activation);
  if (step.op === "layerNorm") return layerNorm(step);
  if (step.op === "batchNorm") return batchNorm(step);
  if (step.op === "expose") {
    const image = tf.tensor3d(step.weights, [...step.shape]);
    return { weights: [image], run: (x) => tf.mul(x, image) };
  }
  return { weights: [], run: (x, ...others) => activate(compute(step, x, others), step.activation) };
}

/** What its fused operators take, they are given; the rest are operators of their own. */
function withResidual({ weights, run }: Fused, activation: Activation | undefined): Layer {
  return {
    weights,
    run: (x, residual) => {
      const fuses = residual === undefined && (activation === undefined || fusedActivation(activation) !== undefined);
      if (fuses) return run(x, activation);
      const raw = run(x, undefined);
      return activate(residual ? tf.add(raw, residual) : raw, activation);
    },
  };
}

type Unweighted = Exclude<Step, { op: "conv" | "linear" | "layerNorm" | "batchNorm" | "expose" }>;

function compute(step: Unweighted, x: tf.Tensor, others: readonly tf.Tensor[]): tf.Tensor {
  const [other] = others as [tf.Tensor];
  switch (step.op) {
    case "pool":
      return pool(step, x as tf.Tensor4D);
    case "globalPool":
      return tf.mean(x, [1, 2], true);
    case "concat":
      return tf.concat([x, ...others], -1);
    case "add":
      return tf.add(x, other);
    case "subtract":
      return tf.sub(x, other);
    case "multiply":
      return tf.mul(x, other);
    case "divide":
      return tf.div(x, other);
    case "slice":
      return tf.slice(x, [...x.shape.slice(1).map(() => 0), step.first], [...x.shape.slice(0, -1), step.shape[2]]);
    case "shuffle": {
      const [height, width, channels] = step.shape;
      const split = tf.reshape(x, [-1, height * width, step.groups, channels / step.groups]);
      return tf.reshape(tf.transpose(split, [0, 1, 3, 2]), x.shape);
    }
    case "product":
      return tf.expandDims(tf.matMul(tf.squeeze(x, [3]), tf.squeeze(other, [3])), 3);
    case "probability":
      return tf.slice(tf.softmax(tf.reshape(x, [-1, step.inShape[2]])), [0, step.target], [-1, 1]);
    case "weigh":
      return tf.reshape(tf.matMul(x as tf.Tensor2D, tf.reshape(other, [other.shape[0] as number, -1]), true), [1, ...step.shape]);
    case "activation":
      return x;
  }
}

/** As its layers compute it: moments, and a batch norm by them. */
function layerNorm({ weights, bias, epsilon, activation }: StepOf<"layerNorm">): Layer {
  const [gain, offset] = [tf.tensor1d(weights), tf.tensor1d(bias)];
  return {
    weights: [gain, offset],
    run: (x) => {
      const { mean, variance } = tf.moments(x, -1, true);
      // All of one rank, which its types do not say.
      const ranked = (vector: tf.Tensor) => tf.reshape(vector, [...x.shape.slice(1).map(() => 1), weights.length] as number[] as [number]);
      const normed = tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, ranked(offset), ranked(gain), epsilon);
      return activate(normed, activation);
    },
  };
}

function batchNorm({ norm, activation }: StepOf<"batchNorm">): Layer {
  const [gain, offset, mean, variance] = [norm.gain, norm.offset, norm.mean, norm.variance].map((values) => tf.tensor1d(values)) as [
    tf.Tensor1D,
    tf.Tensor1D,
    tf.Tensor1D,
    tf.Tensor1D,
  ];
  return {
    weights: [gain, offset, mean, variance],
    run: (x) => activate(tf.batchNorm(x, mean, variance, offset, gain, norm.epsilon), activation),
  };
}

function convolution({ weights, bias, inShape, shape, kernel, pads, groups, ...step }: StepOf<"conv">): Fused {
  const [, , channels] = inShape;
  const [, , outputs] = shape;
  const [height, width] = kernel;
  const taps = height * width;
  const [strides, dilations] = [[...step.stride] as [number, number], [...step.dilation] as [number, number]];
  const depthwise = groups > 1;
  // From outputs x inputs x taps; a depthwise filter's outputs stand where inputs do.
  const packed = permute(weights, [outputs, channels / groups, taps], [2, 1, 0]);
  const filter = tf.tensor4d(packed, depthwise ? [height, width, channels, outputs / channels] : [height, width, channels, outputs]);
  const offsets = tf.tensor1d(bias);
  const pad = padding(pads);
  return {
    weights: [filter, offsets],
    run(x, activation) {
      const options = { x: x as tf.Tensor4D, filter, strides, dilations, bias: offsets, ...(activation && fusedActivation(activation)) };
      // The type of a depthwise convolution lacks the padding of four sides, which its code computes.
      return depthwise ? tf.fused.depthwiseConv2d({ ...options, pad: pad as "valid" }) : tf.fused.conv2d({ ...options, pad });
    },
  };
}

function dense({ weights, bias, inShape, shape, transposed, flatten }: StepOf<"linear">): Fused {
  const [height, width, channels] = inShape;
  const pixels = height * width;
  const [, , outputs] = shape;
  const inner = pixels * channels;
  // To inputs in NHWC order x outputs.
  const order = flatten === "nchw" ? [2, 1, 0] : [1, 2, 0];
  const extents = flatten === "nchw" ? [outputs, channels, pixels] : [outputs, pixels, channels];
  const b = tf.tensor2d(transposed ? permute(weights, extents, order) : weights, [inner, outputs]);
  const offsets = bias && tf.tensor1d(bias);
  return {
    weights: offsets ? [b, offsets] : [b],
    run: (x, activation) =>
      tf.fused.matMul({
        a: tf.reshape(x, [-1, inner]),
        b,
        ...(offsets && { bias: offsets }),
        ...(activation && fusedActivation(activation)),
      }),
  };
}

function pool({ mode, window: [height, width], stride: [down, across], pads, countPadding }: StepOf<"pool">, x: tf.Tensor4D): tf.Tensor {
  const [window, stride]: [[number, number], [number, number]] = [
    [height, width],
    [down, across],
  ];
  if (mode === "max") return tf.maxPool(x, window, stride, padding(pads));
  // Its average never counts the padding.
  if (!countPadding) return tf.avgPool(x, window, stride, padding(pads));
  const [top, left, bottom, right] = pads;
  return tf.avgPool(
    tf.pad(x, [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ]),
    window,
    stride,
    "valid",
  );
}

function padding([top, left, bottom, right]: Pads): "valid" | tf.backend_util.ExplicitPadding {
  if (top + left + bottom + right === 0) return "valid";
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

/** Transposes an array of three dimensions: `order` names the old dimension of each new one. */
function permute(values: Float32Array, extents: readonly number[], order: readonly number[]): Float32Array {
  const steps = [(extents[1] as number) * (extents[2] as number), extents[2] as number, 1];
  const [counts, strides] = [order.map((from) => extents[from] as number), order.map((from) => steps[from] as number)];
  const [first, second, third] = counts as [number, number, number];
  const [step0, step1, step2] = strides as [number, number, number];
  const out = new Float32Array(values.length);
  let at = 0;
  for (let i = 0; i < first; i++) {
    for (let j = 0; j < second; j++) {
      for (let k = 0; k < third; k++) out[at++] = values[i * step0 + j * step1 + k * step2] as number;
    }
  }
  return out;
}
