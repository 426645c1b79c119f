import type { Node, NodeOf } from "../../src/graph/graph.ts";
import type { Tensors } from "./random-weights.ts";

/** An image, height x width x channels, row-major, without padding. */
export type Image = Float64Array;

function convolve(node: NodeOf<"conv">, image: Image, tensors: Tensors): Image {
  const [height, width, inputs] = (node.inputs[0] as Node).shape;
  const [outHeight, outWidth, outputs] = node.shape;
  const { kernel, stride, depthwise, key } = node;
  const weights = tensors.get(`${key}.weight`) as Float32Array;
  const bias = node.bias ? (tensors.get(`${key}.bias`) as Float32Array) : undefined;
  const out = new Float64Array(outHeight * outWidth * outputs);
  for (let at = 0; at < out.length; at++) {
    const [output, pixel] = [at % outputs, Math.floor(at / outputs)];
    const [ox, oy] = [pixel % outWidth, Math.floor(pixel / outWidth)];
    let sum = bias?.[output] ?? 0;
    for (let tap = 0; tap < kernel * kernel; tap++) {
      const y = oy * stride + Math.floor(tap / kernel) - node.pad[0];
      const x = ox * stride + (tap % kernel) - node.pad[1];
      if (y < 0 || y >= height || x < 0 || x >= width) continue;
      for (let input = 0; input < (depthwise ? 1 : inputs); input++) {
        const channel = depthwise ? output : input;
        const weight = weights[(output * (depthwise ? 1 : inputs) + input) * kernel * kernel + tap] as number;
        sum += weight * (image[(y * width + x) * inputs + channel] as number);
      }
    }
    out[at] = sum;
  }
  return out;
}

function normalise(node: NodeOf<"batchNorm">, image: Image, tensors: Tensors): Image {
  const channels = node.shape[2];
  const get = (part: string) => tensors.get(`${node.key}.${part}`) as Float32Array;
  const [gain, offset, mean, variance] = [get("weight"), get("bias"), get("running_mean"), get("running_var")];
  return image.map((value, i) => {
    const c = i % channels;
    return (
      ((value - (mean[c] as number)) / Math.sqrt((variance[c] as number) + node.epsilon)) * (gain[c] as number) + (offset[c] as number)
    );
  });
}

function pool(node: NodeOf<"pool">, image: Image): Image {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const [outHeight, outWidth] = node.shape;
  const { window, stride, pad } = node;
  return Float64Array.from({ length: outHeight * outWidth * channels }, (_, at) => {
    const [channel, pixel] = [at % channels, Math.floor(at / channels)];
    const [left, top] = [(pixel % outWidth) * stride - pad, Math.floor(pixel / outWidth) * stride - pad];
    const taps: number[] = [];
    for (let y = Math.max(top, 0); y < Math.min(top + window, height); y++) {
      for (let x = Math.max(left, 0); x < Math.min(left + window, width); x++)
        taps.push(image[(y * width + x) * channels + channel] as number);
    }
    if (node.mode === "max") return Math.max(...taps);
    return taps.reduce((sum, value) => sum + value, 0) / (node.countPadding ? window * window : taps.length);
  });
}

function multiply(node: NodeOf<"linear">, image: Image, tensors: Tensors): Image {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const outputs = node.shape[0] * node.shape[1] * node.shape[2];
  const weights = tensors.get(`${node.key}.weight`) as Float32Array;
  const bias = node.bias ? (tensors.get(`${node.key}.bias`) as Float32Array) : undefined;
  const pixels = height * width;
  // What the weights see as value k of the flattened image.
  const flat = node.flatten === "nhwc" ? image : image.map((_, k) => image[(k % pixels) * channels + Math.floor(k / pixels)] as number);
  return Float64Array.from({ length: outputs }, (_, o) =>
    flat.reduce((sum, value, k) => sum + value * (weights[o * flat.length + k] as number), bias?.[o] ?? 0),
  );
}

function upsample(node: NodeOf<"upsample">, image: Image): Image {
  const [height, width, channels] = (node.inputs[0] as Node).shape;
  const [outHeight, outWidth] = node.shape;
  const weights = (at: number, size: number, outSize: number) => {
    const position = Math.min(Math.max(((at + 0.5) * size) / outSize - 0.5, 0), size - 1);
    return Array.from({ length: size }, (_, i) => Math.max(0, 1 - Math.abs(position - i)));
  };
  return Float64Array.from({ length: outHeight * outWidth * channels }, (_, at) => {
    const [channel, pixel] = [at % channels, Math.floor(at / channels)];
    const [across, down] = [weights(pixel % outWidth, width, outWidth), weights(Math.floor(pixel / outWidth), height, outHeight)];
    let sum = 0;
    down.forEach((v, y) => {
      across.forEach((u, x) => {
        sum += v * u * (image[(y * width + x) * channels + channel] as number);
      });
    });
    return sum;
  });
}

/** The value of a node, given those that it reads. */
export function apply(node: Exclude<Node, { op: "input" }>, [first, second]: readonly Image[], tensors: Tensors): Image {
  const image = first as Image;
  switch (node.op) {
    case "conv":
      return convolve(node, image, tensors);
    case "batchNorm":
      return normalise(node, image, tensors);
    case "activation":
      return image.map((value) => Math.min(Math.max(value, 0), node.activation === "relu6" ? 6 : Number.POSITIVE_INFINITY));
    case "add":
      return image.map((value, i) => value + ((second as Image)[i] as number));
    case "pool":
      return pool(node, image);
    case "globalPool": {
      const channels = node.shape[2];
      const means = new Float64Array(channels);
      for (const [i, value] of image.entries()) means[i % channels] = (means[i % channels] as number) + (value * channels) / image.length;
      return means;
    }
    case "linear":
      return multiply(node, image, tensors);
    case "upsample":
      return upsample(node, image);
  }
}

/** Values of every node for one image, in float64, layer by layer as the net is described: nothing folded, nothing fused. */
export function evaluate(nodes: readonly Node[], input: ArrayLike<number>, tensors: Tensors): Map<Node, Image> {
  const values = new Map<Node, Image>();
  for (const node of nodes) {
    const inputs = node.inputs.map((from) => values.get(from) as Image);
    values.set(node, node.op === "input" ? Float64Array.from(input) : apply(node, inputs, tensors));
  }
  return values;
}
