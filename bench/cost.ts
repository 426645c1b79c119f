/** Counts the work of a net or layer, from which rates and shares of the adapter's ceilings follow. */
import { sizeOf } from "../src/engine/tensor.ts";
import type { Node } from "../src/graph/graph.ts";
import { operationOf } from "../src/ops/operations.ts";
import type { Precision } from "../src/ops/packed-weights.ts";

/** The least work that a net, or a layer as a net by itself, has to do. */
export interface Cost {
  /** Twice the multiply-adds of its convolutions and linear layers; comparisons of poolings and the like do not count. */
  flops: number;
  /** Every input, weight and output once, none of them padded. */
  bytes: number;
}

/** The sums over a batch. Taps that fall outside the image count, as they do everywhere in print. */
export function costOf(nodes: readonly Node[], batch: number, precision: Precision = "f32"): Cost {
  const images = [...nodes.filter(({ inputs }) => inputs.length === 0), nodes.at(-1) as Node];
  return {
    flops: 2 * batch * nodes.reduce((sum, node) => sum + multiplyAdds(node), 0),
    bytes:
      4 * batch * images.reduce((sum, { shape }) => sum + sizeOf(shape), 0) +
      nodes.reduce((sum, node) => sum + weightBytes(node, precision), 0),
  };
}

/** Of one image. */
export const multiplyAdds = (node: Node) => operationOf(node).multiplyAdds?.(node) ?? 0;

/** With a bias, which every kernel of these adds; batch norms are folded into both. */
function weightBytes(node: Node, precision: Precision): number {
  const layout = operationOf(node).layout?.(node, precision);
  if (!layout) return 0;
  return (layout.weight ? sizeOf(layout.weight.shape) : layout.outputs) * (layout.precision === "f16" ? 2 : 4) + 4 * layout.outputs;
}
