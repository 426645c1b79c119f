import type { Classifier } from "../../src/faces/all.ts";
import { weightShapes } from "../../src/graph/graph.ts";
import { type InputSpec, imageShape, normalisedColour } from "../../src/nets/input-spec.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { randomTensors, type Tensors } from "./random-weights.ts";

export interface Size {
  height: number;
  width: number;
  channels: 1 | 3;
  classes: number;
}

/** A classifier of three layers with random weights, as somebody builds it in code. */
/** `seed`: of its random weights. */
export function ownClassifier({ height, width, channels, classes }: Size, more: Partial<Classifier> = {}, seed = 7) {
  const g = new GraphBuilder();
  const stem = g.activation(
    g.conv(g.input([height, width, channels]), "stem", { outputs: 8, kernel: 3, stride: 2, padding: 1, bias: true }),
    "relu",
    "stem.relu",
  );
  const deep = g.activation(g.conv(stem, "deep", { outputs: 12, kernel: 3, stride: 4, padding: 1, bias: true }), "relu", "deep.relu");
  g.linear(g.globalPool(deep), "head", classes);
  const tensors = randomTensors(g.nodes, seed);
  // Small logits, so that no answer is certain.
  (tensors.get("head.bias") as Float32Array).fill(0);
  const shapes = weightShapes(g.nodes);
  const weights = Object.fromEntries([...tensors].map(([key, values]) => [key, { shape: [...(shapes.get(key) ?? [])], values }]));
  const classifier: Classifier = { name: "own", net: g.nodes, weights, ...more };
  return { classifier, tensors: tensors as Tensors };
}

/** What the net takes, for an image as the classifier saw it (RGBA bytes): height x width x channels. */
export function normalised(bytes: Uint8ClampedArray, input: InputSpec): Float64Array {
  const channels = input.channels === "grey" ? 1 : 3;
  const [height, width] = imageShape(input) as [number, number, number];
  const values = new Float64Array(height * width * channels);
  for (let at = 0; at < height * width; at++) {
    const colour = normalisedColour(
      input,
      [0, 1, 2].map((c) => (bytes[4 * at + c] as number) / 255),
    );
    values.set(colour.slice(0, channels), at * channels);
  }
  return values;
}
