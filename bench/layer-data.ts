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
import type { DenseSpec, NetSpec } from "./peers/peer.ts";
import type { LayerValues } from "./reference.ts";

/** Seeded inputs and weights of a layer, the same for the engine, the reference and the peers. */
export class LayerData {
  readonly #layer: Layer;
  readonly #inputs: readonly Noise[];
  readonly #tensors: ReadonlyMap<string, Noise>;
  readonly #residual: Noise;

  constructor(layer: Layer) {
    this.#layer = layer;
    const { name, node } = layer;
    this.#inputs = node.inputs.map((_, which) => new Noise(`input ${which} of ${name}`));
    // Outputs of sums vary as much as inputs do.
    const sums = multiplyAdds(node) / sizeOf(node.shape);
    const noise = (part: string) => {
      if (part === "running_var") return new Noise(`${part} of ${name}`, 0.25, 1);
      return new Noise(`${part} of ${name}`, part === "weight" && sums > 1 ? Math.sqrt(3 / sums) : 1);
    };
    this.#tensors = new Map(Object.keys(node.tensors).map((part) => [part, noise(part)]));
    this.#residual = new Noise(`added to ${name}`);
  }

  get values(): LayerValues {
    return {
      input: (which, index) => (this.#inputs[which] as Noise).at(index),
      tensor: (part, index) => this.#noise(part).at(index),
      residual: (index) => this.#residual.at(index),
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

  /** An input on the GPU, image by image, so that the host never holds a large batch. */
  uploadInput(engine: Engine, batch: number, which: number): Tensor {
    const { shape } = this.#layer.node.inputs[which] as Node;
    return uploadImages(engine, `input ${which}`, batch, shape, this.#inputs[which] as Noise);
  }

  uploadResidual(engine: Engine, batch: number, { shape }: Node): Tensor {
    return uploadImages(engine, "added", batch, shape, this.#residual);
  }

  /** The layer for a peer, as a net of one layer. */
  net(batch: number): NetSpec {
    const { name, nodes } = this.#layer;
    const added = this.#layer.residual;
    const inputs = nodes.filter(({ inputs }) => inputs.length === 0);
    return {
      ...{ name, batch, nodes },
      tensor: (key, shape) => this.#noise(key.slice(LAYER_KEY.length + 1)).slice(0, sizeOf(shape)),
      inputs: inputs.map((input, which) => {
        const noise = input === added ? this.#residual : (this.#inputs[which] as Noise);
        return noise.slice(0, batch * sizeOf(input.shape));
      }),
    };
  }

  /** A convolution or linear layer for a peer; undefined for others. */
  spec(batch: number): DenseSpec | undefined {
    const { name, node, residual, activation } = this.#layer;
    if (!isLinear(node) && !isConv(node) && !isDepthwiseConv(node)) return undefined;
    const inputs = node.inputs[0] as Node;
    const [outputs] = node.tensors.weight.shape as [number];
    const data = {
      ...{ name, batch, outputs, activation },
      input: (this.#inputs[0] as Noise).slice(0, batch * sizeOf(inputs.shape)),
      bias: this.#noise("bias").slice(0, outputs),
      residual: residual && this.#residual.slice(0, batch * sizeOf(residual.shape)),
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
