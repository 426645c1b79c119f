/** Makes the numbers that a whole net is measured and checked with. */
import { sizeOf } from "../src/engine/tensor.ts";
import { type Node, weightShapes } from "../src/graph/graph.ts";
import type { TensorValues } from "../src/nets/weights/encode-safetensors.ts";
import type { WeightSource } from "../src/ops/weight-source.ts";
import { Noise } from "./noise.ts";
import type { NetSpec } from "./peers/peer.ts";

/** Seeded images and weights of a net, of such sizes that values neither vanish nor explode on their way through it. */
export class NetData {
  readonly input: Noise;
  readonly #shapes: ReadonlyMap<string, readonly number[]>;
  readonly #noises: ReadonlyMap<string, Noise>;

  constructor(name: string, nodes: readonly Node[]) {
    this.input = new Noise(`images of ${name}`);
    this.#shapes = weightShapes(nodes);
    this.#noises = new Map([...this.#shapes].map(([key, shape]) => [key, noiseOf(key, shape)]));
  }

  get source(): WeightSource {
    return {
      read: async (key, shape, first = 0, count = shape[0] as number) => {
        const row = sizeOf(shape.slice(1));
        return (this.#noises.get(key) as Noise).slice(first * row, count * row);
      },
    };
  }

  /** All tensors by their keys. */
  get tensors(): Record<string, TensorValues> {
    return Object.fromEntries([...this.#shapes].map(([key, shape]) => [key, { shape, values: this.tensor(key, shape) }]));
  }

  readonly tensor: NetSpec["tensor"] = (key, shape) => (this.#noises.get(key) as Noise).slice(0, sizeOf(shape));
}

function noiseOf(key: string, shape: readonly number[]): Noise {
  // He et al. 2015: half of the inputs are zero after a ReLU.
  if (shape.length > 1) return new Noise(key, Math.sqrt(6 / sizeOf(shape.slice(1))));
  if (key.endsWith("running_var")) return new Noise(key, 0.25, 1);
  if (key.endsWith("running_mean") || key.endsWith("bias")) return new Noise(key, 0.1);
  return new Noise(key, 0.25, 0.75);
}
