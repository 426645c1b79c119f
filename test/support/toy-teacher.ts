import type { Engine } from "../../src/engine/engine.ts";
import { GraphBuilder, type Node, weightShapes } from "../../src/nets/graph.ts";
import { Teacher } from "../../src/nets/teacher.ts";
import { openWeights } from "../../src/nets/weights.ts";
import { randomTensors } from "./random-weights.ts";
import { encodeSafetensors, f32 } from "./safetensors-file.ts";
import { seededValues } from "./seeded-weights.ts";

/** Two convolutions and a linear layer: some hundred times faster than a real teacher. */
function nodes(): Node[] {
  const g = new GraphBuilder();
  const stem = g.activation(g.conv(g.input([224, 224, 3]), "stem", { outputs: 8, kernel: 8, stride: 8, bias: true }), "relu", "stem.relu");
  const deep = g.activation(g.conv(stem, "deep", { outputs: 40, kernel: 4, stride: 4, bias: true }), "relu", "deep.relu");
  g.linear(g.globalPool(deep), "head", 1000);
  return g.nodes;
}

/** What the teacher subtracts from the photo and divides it by. */
interface Normalisation {
  mean: readonly [number, number, number];
  deviation: readonly [number, number, number];
}

/** A teacher of random weights, whose answers vary with the image; with a normalisation, of the weights of train/optimised_masks.py. */
export async function toyTeacher(engine: Engine, seeded?: Normalisation): Promise<Teacher> {
  const { mean, deviation } = seeded ?? { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] };
  const definition = { name: "toy", file: "toy.safetensors", mean, deviation, nodes, cam: "deep" } as const;
  const random = randomTensors(nodes(), 5);
  const stored = [...weightShapes(nodes())].map(([key, shape]) => {
    const values = random.get(key) as Float32Array;
    return [key, f32([...shape], seeded ? seededValues(key, shape, 0, values.length) : values)] as const;
  });
  return Teacher.load(engine, definition, await openWeights(encodeSafetensors(Object.fromEntries(stored)), definition.file));
}
