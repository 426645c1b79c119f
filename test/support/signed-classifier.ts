import type { Classifier } from "../../src/faces/all.ts";
import { type Node, weightShapes } from "../../src/graph/graph.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { randomTensors } from "./random-weights.ts";

/** A classifier of two convolutions with random weights, the second of which ends in numbers below 0: for some methods it is not the right one. */
export function signedClassifier(side: number, classes: number) {
  const g = new GraphBuilder();
  const conv = (x: Node, key: string) => g.conv(x, key, { outputs: 8, kernel: 3, stride: 2, padding: 1, bias: true });
  const stem = g.activation(conv(g.input([side, side, 3]), "stem"), "relu", "stem.relu");
  const deep = g.activation(conv(stem, "deep"), "hardSwish", "deep.swish");
  g.linear(g.globalPool(deep), "head", classes);
  const tensors = randomTensors(g.nodes, 5);
  const shapes = weightShapes(g.nodes);
  const weights = Object.fromEntries([...tensors].map(([key, values]) => [key, { shape: [...(shapes.get(key) ?? [])], values }]));
  const classifier: Classifier = { name: "signed", net: g.nodes, weights };
  return { classifier, tensors };
}
