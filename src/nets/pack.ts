import { roundUp } from "../engine/tensor.ts";
import { type FusedOp, isStem } from "./fuse.ts";
import type { NodeOf, Shape } from "./graph.ts";
import type { WeightSource } from "./safetensors.ts";

/** Weights as a kernel wants them: channels padded to 4 with zeros, batch norm folded in. */
export interface Packed {
  weights: Float32Array;
  bias: Float32Array;
}

const padded = (channels: number) => roundUp(channels, 4);

/** Scale and shift of a folded batch norm, and of the bias under it: y = scale * conv(x) + shift. */
function affine(
  op: FusedOp,
  source: WeightSource,
  key: string,
  hasBias: boolean,
  channels: number,
): { scale: Float32Array; shift: Float32Array } {
  const scale = new Float32Array(channels).fill(1);
  const shift = hasBias ? source.get(`${key}.bias`, [channels]).slice() : new Float32Array(channels);
  if (op.norm) {
    const { key: norm, epsilon } = op.norm;
    const [gain, offset, mean, variance] = ["weight", "bias", "running_mean", "running_var"].map((part) =>
      source.get(`${norm}.${part}`, [channels]),
    ) as [Float32Array, Float32Array, Float32Array, Float32Array];
    for (let c = 0; c < channels; c++) {
      scale[c] = (gain[c] as number) / Math.sqrt((variance[c] as number) + epsilon);
      shift[c] = (offset[c] as number) + ((shift[c] as number) - (mean[c] as number)) * (scale[c] as number);
    }
  }
  return { scale, shift };
}

function padVector(values: Float32Array): Float32Array {
  const out = new Float32Array(padded(values.length));
  out.set(values);
  return out;
}

/**
 * Convolution weights, from PyTorch's [outputs, inputs, ky, kx]. Dense: (ky, kx, input) x output, inputs padded to 4 (a stem keeps its 3);
 * depthwise: (ky, kx) x channel.
 */
export function packConv(op: FusedOp, node: NodeOf<"conv">, source: WeightSource): Packed {
  const { key, kernel, depthwise } = node;
  const outputs = node.shape[2];
  const inputs = depthwise ? 1 : (node.inputs[0]?.shape[2] as number);
  const values = source.get(`${key}.weight`, [outputs, inputs, kernel, kernel]);
  const { scale, shift } = affine(op, source, key, node.bias, outputs);
  const columns = padded(outputs);
  const rows = depthwise ? 1 : isStem(node) ? 3 : padded(inputs);
  const taps = kernel * kernel;
  const weights = new Float32Array(taps * rows * columns);
  for (let output = 0; output < outputs; output++) {
    for (let input = 0; input < inputs; input++) {
      for (let tap = 0; tap < taps; tap++) {
        const value = values[(output * inputs + input) * taps + tap] as number;
        weights[(tap * rows + input) * columns + output] = value * (scale[output] as number);
      }
    }
  }
  return { weights, bias: padVector(shift) };
}

/** Where value `index` of a flattened image lies in padded NHWC order. */
function flatIndex(index: number, [height, width, channels]: Shape, order: "nhwc" | "nchw"): number {
  const pixels = height * width;
  const [pixel, channel] =
    order === "nhwc" ? [Math.floor(index / channels), index % channels] : [index % pixels, Math.floor(index / pixels)];
  return pixel * padded(channels) + channel;
}

/** Linear weights, from PyTorch's [outputs, inputs] to input x output, both in the padded NHWC order of their images. */
export function packLinear(node: NodeOf<"linear">, source: WeightSource): Packed {
  const shape = (node.inputs[0] as { shape: Shape }).shape;
  const inputs = shape[0] * shape[1] * shape[2];
  const outputs = node.shape[0] * node.shape[1] * node.shape[2];
  const rows = shape[0] * shape[1] * padded(shape[2]);
  const columns = node.shape[0] * node.shape[1] * padded(node.shape[2]);
  const values = source.get(`${node.key}.weight`, [outputs, inputs]);
  const weights = new Float32Array(rows * columns);
  const rowOf = Uint32Array.from({ length: inputs }, (_, input) => flatIndex(input, shape, node.flatten));
  const bias = new Float32Array(columns);
  const offsets = node.bias ? source.get(`${node.key}.bias`, [outputs]) : new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const column = flatIndex(output, node.shape, "nhwc");
    bias[column] = offsets[output] as number;
    for (let input = 0; input < inputs; input++) {
      weights[(rowOf[input] as number) * columns + column] = values[output * inputs + input] as number;
    }
  }
  return { weights, bias };
}
