import { type Node, weightShapes } from "../../src/nets/graph.ts";
import type { WeightSource } from "../../src/nets/safetensors.ts";
import { Random } from "./random.ts";

/** Seeded weights for every tensor of a net; variances are positive. */
export function randomWeights(nodes: readonly Node[], seed: number): WeightSource {
  const random = new Random(seed);
  const tensors = new Map<string, Float32Array>();
  for (const [key, shape] of weightShapes(nodes)) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    tensors.set(key, key.endsWith("running_var") ? random.floats(count, 0.2, 2) : random.floats(count, -0.7, 0.7));
  }
  return {
    get(key, shape) {
      const tensor = tensors.get(key);
      if (tensor?.length !== shape.reduce((product, extent) => product * extent, 1))
        throw new Error(`${key} [${shape}] is not among the weights.`);
      return tensor;
    },
  };
}
