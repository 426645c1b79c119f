import { type Node, weightShapes } from "../../src/graph/graph.ts";
import type { WeightSource } from "../../src/ops/weight-source.ts";
import { Random } from "./random.ts";

/** Every tensor of a net, under its key. */
export type Tensors = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

/** Seeded weights for every tensor of a net; variances are positive. */
export function randomTensors(nodes: readonly Node[], seed: number): Tensors {
  const random = new Random(seed);
  const tensors = new Map<string, Float32Array<ArrayBuffer>>();
  for (const [key, shape] of weightShapes(nodes)) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    tensors.set(key, key.endsWith("running_var") ? random.floats(count, 0.2, 2) : random.floats(count, -0.7, 0.7));
  }
  return tensors;
}

/** Serves tensors as a file would. */
export function sourceOf(tensors: Tensors): WeightSource {
  return {
    async read(key, shape, first = 0, count = shape[0] as number) {
      const tensor = tensors.get(key);
      if (tensor?.length !== shape.reduce((product, extent) => product * extent, 1))
        throw new Error(`${key} [${shape}] is not among the weights.`);
      const row = tensor.length / (shape[0] as number);
      return tensor.slice(first * row, (first + count) * row);
    },
  };
}
