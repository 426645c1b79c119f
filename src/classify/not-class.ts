/** Gives a classifier with a single output a second class, "not that". */
import type { Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { isLinear } from "../ops/linear.ts";
import { describeTensor, type WeightSource } from "../ops/weight-source.ts";

/** Name of the layer that is added where the last one cannot be doubled. */
const ADDED = "not class";

/**
 * A net of one logit z as one of two, z and -z: by a sigmoid p = s(z) and 1 - p = s(-z), so that "it is not that" can be explained like any
 * class. The last layer's matrix and bias get a second, negated row, or, where that is no linear layer, another one comes behind it.
 */
export function withNotClass(nodes: readonly Node[], source: WeightSource): { nodes: readonly Node[]; source: WeightSource } {
  const last = nodes.at(-1) as Node;
  const shape = [1, 1, 2] as const;
  if (!isLinear(last)) {
    const g = new GraphBuilder();
    g.nodes.push(...nodes);
    const weight = `${g.linear(last, ADDED, 2, { bias: false }).label}.weight`;
    const read: WeightSource["read"] = async (key, shape, first, count) =>
      key === weight ? rows(new Float32Array([1]), first, count) : source.read(key, shape, first, count);
    return { nodes: g.nodes, source: { describe: (key) => describeTensor(source, key), read } };
  }
  const doubled = Object.entries(last.tensors).map(([part, { key, shape }]) => [part, { key, shape: [2, ...shape.slice(1)] }] as const);
  const own = doubled.map(([, { key }]) => key);
  return {
    nodes: [...nodes.slice(0, -1), { ...last, shape, tensors: Object.fromEntries(doubled) }],
    source: {
      describe: (key) => describeTensor(source, key),
      read: async (key, shape, first, count) =>
        own.includes(key) ? rows(await source.read(key, [1, ...shape.slice(1)]), first, count) : source.read(key, shape, first, count),
    },
  };
}

/** Of a row and its negation, `count` from `first` on. */
function rows(row: Float32Array<ArrayBuffer>, first = 0, count = 2): Float32Array<ArrayBuffer> {
  const both = new Float32Array(2 * row.length);
  both.set(row);
  both.set(
    row.map((value) => -value),
    row.length,
  );
  return both.slice(first * row.length, (first + count) * row.length);
}
