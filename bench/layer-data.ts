/** Makes the numbers that a layer is measured and checked with. */
import type { Engine } from "../src/engine/engine.ts";
import { sizeOf, type Tensor } from "../src/engine/tensor.ts";
import type { Node } from "../src/graph/graph.ts";
import { isConv } from "../src/ops/conv.ts";
import { isDepthwiseConv } from "../src/ops/depthwise-conv.ts";
import { isLinear, type LinearNode } from "../src/ops/linear.ts";
import { tensorShape } from "../src/ops/shape.ts";
import type { WeightSource } from "../src/ops/weight-source.ts";
import { multiplyAdds } from "./cost.ts";
import { LAYER_KEY, type Layer } from "./layers.ts";
import { Noise } from "./noise.ts";
import type { LayerSpec } from "./peers/peer.ts";
import { isCompared } from "./peers/program.ts";
import type { LayerValues } from "./reference.ts";

/** Seeded inputs and weights of a layer, the same for the engine, the reference and the peers. */
export class LayerData {
  readonly #layer: Layer;
  readonly #input: Noise;
  readonly #tensors: ReadonlyMap<string, Noise>;
  readonly #added: Noise;

  constructor(layer: Layer) {
    this.#layer = layer;
    const { name, node } = layer;
    this.#input = new Noise(`input of ${name}`);
    // Outputs vary as much as inputs do.
    const spread = (part: string) => (part === "weight" ? Math.sqrt((3 * sizeOf(node.shape)) / multiplyAdds(node)) : 1);
    this.#tensors = new Map(Object.keys(node.tensors).map((part) => [part, new Noise(`${part} of ${name}`, spread(part))]));
    this.#added = new Noise(`added to ${name}`);
  }

  get values(): LayerValues {
    return {
      input: (index) => this.#input.at(index),
      tensor: (part, index) => this.#noise(part).at(index),
      added: (index) => this.#added.at(index),
    };
  }

  /** Serves the weights as a file would. */
  get source(): WeightSource {
    return {
      read: async (key, shape, first = 0, count = shape[0] as number) => {
        const row = sizeOf(shape.slice(1));
        return this.#noise(key.slice(LAYER_KEY.length + 1)).slice(first * row, count * row);
      },
    };
  }

  #noise(part: string): Noise {
    return this.#tensors.get(part) as Noise;
  }

  /** The input on the GPU, image by image, so that the host never holds a large batch. */
  uploadInput(engine: Engine, batch: number): Tensor {
    return uploadImages(engine, "input", batch, (this.#layer.node.inputs[0] as Node).shape, this.#input);
  }

  uploadAdded(engine: Engine, batch: number, { shape }: Node): Tensor {
    return uploadImages(engine, "added", batch, shape, this.#added);
  }

  /** The layer for a peer; undefined where the interface has no such layer. */
  spec(batch: number): LayerSpec | undefined {
    const { name, node, added, activation } = this.#layer;
    if (!isLinear(node) && !isConv(node) && !isDepthwiseConv(node)) return undefined;
    if (!isCompared(activation)) return undefined;
    const inputs = node.inputs[0] as Node;
    const [outputs] = node.tensors.weight.shape as [number];
    const data = {
      ...{ name, batch, outputs, activation },
      input: this.#input.slice(0, batch * sizeOf(inputs.shape)),
      bias: this.#noise("bias").slice(0, outputs),
      residual: added && this.#added.slice(0, batch * sizeOf(added.shape)),
    };
    if (isLinear(node)) {
      const channels = sizeOf(inputs.shape);
      const one = [1, 1] as const;
      const window = { kernel: one, stride: one, dilation: one, pad: [0, 0], groups: 1 } as const;
      const vector = { height: 1, width: 1, outHeight: 1, outWidth: 1, ...window };
      return { kind: "gemm", ...data, ...vector, channels, weights: this.#transposed(node) };
    }
    const [height, width, channels] = inputs.shape;
    const [outHeight, outWidth] = node.shape;
    const { kernel, stride, dilation, groups, tensors } = node;
    const [top, left] = node.pad;
    const weights = this.#noise("weight").slice(0, sizeOf(tensors.weight.shape));
    const kind = isConv(node) ? "conv" : "depthwise";
    return { kind, ...data, height, width, channels, outHeight, outWidth, kernel, stride, dilation, pad: [top, left], groups, weights };
  }

  /** Weights of a linear layer as inputs x outputs, for inputs in NHWC order. */
  #transposed(node: LinearNode): Float32Array<ArrayBuffer> {
    const [height, width, channels] = (node.inputs[0] as Node).shape;
    const [outputs, inputs] = node.tensors.weight.shape as [number, number];
    const nchw = node.flatten === "nchw";
    const noise = this.#noise("weight");
    const weights = new Float32Array(inputs * outputs);
    for (let input = 0; input < inputs; input++) {
      const k = nchw ? (input % channels) * height * width + Math.floor(input / channels) : input;
      for (let output = 0; output < outputs; output++) weights[input * outputs + output] = noise.at(output * inputs + k);
    }
    return weights;
  }
}

/** A batch of noise on the GPU, NHWC with channels padded to 4. */
export function uploadImages(engine: Engine, label: string, batch: number, shape: Node["shape"], noise: Noise): Tensor {
  const tensor = engine.tensor(label, tensorShape(batch, shape));
  const channels = shape[2];
  const padded = tensor.shape.at(-1) as number;
  const size = sizeOf(shape);
  for (let image = 0; image < batch; image++) {
    const values = noise.slice(image * size, size);
    tensor.write(padded === channels ? values : padChannels(values, channels, padded), (image * size * padded) / channels);
  }
  return tensor;
}

function padChannels(values: Float32Array, channels: number, padded: number): Float32Array {
  const out = new Float32Array((values.length / channels) * padded);
  for (let at = 0; at < values.length; at++) out[Math.floor(at / channels) * padded + (at % channels)] = values[at] as number;
  return out;
}
