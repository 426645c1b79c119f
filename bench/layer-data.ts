import type { Engine } from "../src/engine/engine.ts";
import { sizeOf, type Tensor } from "../src/engine/tensor.ts";
import type { Node } from "../src/graph/graph.ts";
import { tensorShape } from "../src/ops/lower.ts";
import type { WeightSource } from "../src/ops/weight-source.ts";
import { LAYER_KEY, type Layer } from "./layers.ts";
import { Noise } from "./noise.ts";
import type { LayerSpec } from "./peers/peer.ts";
import type { LayerValues } from "./reference.ts";

/** Seeded inputs and weights of a layer, the same for the engine, the reference and the peers. */
export class LayerData {
  readonly #layer: Layer;
  readonly #input: Noise;
  readonly #weight: Noise;
  readonly #bias: Noise;
  readonly #added: Noise;

  constructor(layer: Layer) {
    this.#layer = layer;
    const { name, node } = layer;
    const [height, width, channels] = (node.inputs[0] as Node).shape;
    const terms = node.op === "conv" ? node.kernel ** 2 * (node.depthwise ? 1 : channels) : height * width * channels;
    this.#input = new Noise(`input of ${name}`);
    // Outputs vary as much as inputs do.
    this.#weight = new Noise(`weights of ${name}`, Math.sqrt(3 / terms));
    this.#bias = new Noise(`bias of ${name}`);
    this.#added = new Noise(`added to ${name}`);
  }

  get values(): LayerValues {
    return {
      input: (index) => this.#input.at(index),
      weight: (index) => this.#weight.at(index),
      bias: (index) => this.#bias.at(index),
      added: (index) => this.#added.at(index),
    };
  }

  /** Serves the weights as a file would. */
  get source(): WeightSource {
    return {
      read: async (key, shape, first = 0, count = shape[0] as number) => {
        const row = sizeOf(shape.slice(1));
        return (key === `${LAYER_KEY}.bias` ? this.#bias : this.#weight).slice(first * row, count * row);
      },
    };
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
    if (node.op !== "conv" && node.op !== "linear") return undefined;
    const inputs = node.inputs[0] as Node;
    const outputs = node.op === "linear" ? sizeOf(node.shape) : node.shape[2];
    const data = {
      ...{ name, batch, outputs, activation },
      input: this.#input.slice(0, batch * sizeOf(inputs.shape)),
      bias: this.#bias.slice(0, outputs),
      residual: added && this.#added.slice(0, batch * sizeOf(added.shape)),
    };
    if (node.op === "linear") {
      const channels = sizeOf(inputs.shape);
      const vector = { height: 1, width: 1, outHeight: 1, outWidth: 1, kernel: 1, stride: 1, pad: [0, 0] } as const;
      return { kind: "gemm", ...data, ...vector, channels, weights: this.#transposed(channels, outputs) };
    }
    const [height, width, channels] = inputs.shape;
    const [outHeight, outWidth] = node.shape;
    const { kernel, stride, pad, depthwise } = node;
    const weights = this.#weight.slice(0, outputs * (depthwise ? 1 : channels) * kernel ** 2);
    const kind = depthwise ? "depthwise" : "conv";
    return { kind, ...data, height, width, channels, outHeight, outWidth, kernel, stride, pad, weights };
  }

  /** Weights of a linear layer as inputs x outputs, for inputs in NHWC order. */
  #transposed(inputs: number, outputs: number): Float32Array<ArrayBuffer> {
    const { node } = this.#layer;
    const [height, width, channels] = (node.inputs[0] as Node).shape;
    const nchw = node.op === "linear" && node.flatten === "nchw";
    const weights = new Float32Array(inputs * outputs);
    for (let input = 0; input < inputs; input++) {
      const k = nchw ? (input % channels) * height * width + Math.floor(input / channels) : input;
      for (let output = 0; output < outputs; output++) weights[input * outputs + output] = this.#weight.at(output * inputs + k);
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
