/** Computes single layers with TensorFlow.js. */
import * as tf from "@tensorflow/tfjs-core";
import type { Pads, PeerActivation, Step, StepOf } from "./program.ts";

/** A step with its weights as tensors. */
export interface Layer {
  readonly weights: readonly tf.Tensor[];
  /** What the step makes of its input and, if it has them, its residual or what is joined. */
  run(x: tf.Tensor, ...others: readonly tf.Tensor[]): tf.Tensor;
}

/** A fused operator: it takes an activation, but no residual. */
interface Fused {
  readonly weights: readonly tf.Tensor[];
  run(x: tf.Tensor, activation: PeerActivation | undefined): tf.Tensor;
}

export function prepareLayer(step: Step): Layer {
  if (step.op === "conv") return withResidual(convolution(step), step.activation);
  if (step.op === "linear") return withResidual(dense(step), step.activation);
  return { weights: [], run: (x, ...others) => activate(compute(step, x, others), step.activation) };
}

function withResidual({ weights, run }: Fused, activation: PeerActivation | undefined): Layer {
  return {
    weights,
    run: (x, residual) => (residual ? activate(tf.add(run(x, undefined), residual), activation) : run(x, activation)),
  };
}

function compute(step: Exclude<Step, { op: "conv" | "linear" }>, x: tf.Tensor, others: readonly tf.Tensor[]): tf.Tensor {
  if (step.op === "pool") return pool(step, x as tf.Tensor4D);
  if (step.op === "concat") return tf.concat([x, ...others], -1);
  return step.op === "globalPool" ? tf.mean(x, [1, 2], true) : tf.add(x, others[0] as tf.Tensor);
}

function activate(x: tf.Tensor, activation: PeerActivation | undefined): tf.Tensor {
  if (!activation) return x;
  return activation === "relu" ? tf.relu(x) : tf.relu6(x);
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
      const options = { x: x as tf.Tensor4D, filter, strides, dilations, bias: offsets, ...(activation && { activation }) };
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
      tf.fused.matMul({ a: tf.reshape(x, [-1, inner]), b, ...(offsets && { bias: offsets }), ...(activation && { activation }) }),
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
