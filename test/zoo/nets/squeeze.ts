import type { Activation, Node } from "../../../src/graph/graph.ts";
import type { GraphBuilder } from "../../../src/ops/builder.ts";

/** Squeeze-and-excitation under the names that timm's nets of mobile families have for it. */
export function squeeze(g: GraphBuilder, x: Node, key: string, squeezed: number, activation: Activation, gate: Activation): Node {
  const dense = (from: Node, name: string, outputs: number) => g.conv(from, `${key}.${name}`, { outputs, kernel: 1, bias: true });
  const inner = g.activation(dense(g.globalPool(x, key), "conv_reduce", squeezed), activation, `${key}.act1`);
  return g.multiply(x, g.activation(dense(inner, "conv_expand", x.shape[2]), gate, `${key}.gate`), key);
}
