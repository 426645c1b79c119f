import { LayerData } from "../../bench/layer-data.ts";
import { distinctLayers, LAYER_KEY, type Layer } from "../../bench/layers.ts";
import type { LayerValues } from "../../bench/reference.ts";
import { sizeOf } from "../../src/engine/tensor.ts";
import { type Node, weightShapes } from "../../src/graph/graph.ts";
import { GraphBuilder } from "../../src/ops/builder.ts";
import { apply } from "../support/reference-net.ts";

type Build = (g: GraphBuilder) => Node;

const BUILDS = {
  conv: (g) => {
    const x = g.input([7, 5, 6]);
    return g.activation(g.add(g.conv(x, "a", { outputs: 6, kernel: 3, padding: "same" }), x), "relu6");
  },
  "deep conv": (g) => g.conv(g.input([3, 3, 512]), "a", { outputs: 4, kernel: 3, padding: 1 }),
  grouped: (g) => g.conv(g.input([6, 7, 12]), "a", { outputs: 6, kernel: [1, 3], padding: [0, 1], groups: 3 }),
  depthwise: (g) => g.depthwiseConv(g.input([8, 8, 5]), "a", { kernel: 3, stride: 2, padding: "same" }),
  "linear of an image": (g) => g.linear(g.input([3, 4, 6]), "a", 70),
  "max pool": (g) => g.maxPool(g.input([9, 7, 6]), 3, 2, 1),
  "average pool": (g) => g.averagePool(g.input([9, 7, 6]), 3, 2, 1, false),
  "global pool": (g) => g.globalPool(g.input([3, 4, 70])),
  upsample: (g) => g.upsample(g.input([4, 5, 3]), 2),
  add: (g) => {
    const x = g.input([5, 4, 3]);
    return g.add(g.upsample(g.maxPool(x, 1, 1), 1), x);
  },
  concat: (g) => {
    const x = g.input([5, 4, 3]);
    return g.concat([x, g.maxPool(x, 1, 1), g.slice(x, 1, 2)]);
  },
  gate: (g) => {
    const x = g.input([5, 4, 3]);
    return g.activation(g.multiply(x, g.globalPool(x)), "relu");
  },
  prelu: (g) => g.prelu(g.input([5, 4, 7]), "a"),
  "batch norm": (g) => g.batchNorm(g.input([5, 4, 7]), "a", 1e-3),
  "layer norm": (g) => g.layerNorm(g.input([5, 4, 70]), "a", 1e-6),
  "local response norm": (g) => g.localResponseNorm(g.input([5, 4, 7]), { size: 5 }),
  "adaptive pool": (g) => g.adaptiveAveragePool(g.input([9, 7, 6]), [4, 2]),
} satisfies Record<string, Build>;

export type LayerName = keyof typeof BUILDS;

/** A small layer, its values, and its whole output for one image by the reference that the engine's nets are tested against. */
export function layerCase(name: LayerName): { layer: Layer; values: LayerValues; expected: number[] } {
  const g = new GraphBuilder();
  (BUILDS[name] as Build)(g);
  const layer = distinctLayers([{ name: "net", nodes: g.nodes }]).at(-1) as Layer;
  const { values } = new LayerData(layer);
  const list = (count: number, value: (index: number) => number) => Float32Array.from({ length: count }, (_, index) => value(index));
  const tensors = new Map(
    [...weightShapes(layer.nodes)].map(([key, shape]) => [
      key,
      list(sizeOf(shape), (index) => values.tensor(key.slice(LAYER_KEY.length + 1), index)),
    ]),
  );
  const { node, residual, activation } = layer;
  const inputs = node.inputs.map(({ shape }, which) => Float64Array.from(list(sizeOf(shape), (index) => values.input(which, index))));
  // What is added and clamped after the layer is computed here.
  const produced = apply(node, inputs, tensors);
  const highest = activation === "relu6" ? 6 : Number.POSITIVE_INFINITY;
  const expected = [...produced].map((value, index) => {
    const sum = value + (residual ? values.residual(index) : 0);
    return activation ? Math.min(Math.max(sum, 0), highest) : sum;
  });
  return { layer, values, expected };
}
