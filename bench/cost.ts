import { sizeOf } from "../src/engine/tensor.ts";
import { isDenseConv } from "../src/graph/fuse.ts";
import type { Node } from "../src/graph/graph.ts";
import type { Precision } from "../src/ops/pack.ts";

/** What a net, or a layer as a net of its own, has to do at least. */
export interface Cost {
  /** Twice the multiply-adds of its convolutions and linear layers; comparisons of poolings and the like do not count. */
  flops: number;
  /** Every input, weight and output once, none of them padded. */
  bytes: number;
}

/** The sums over a batch. Taps that fall outside the image count, as they do everywhere in print. */
export function costOf(nodes: readonly Node[], batch: number, precision: Precision = "f32"): Cost {
  const images = [...nodes.filter(({ op }) => op === "input"), nodes.at(-1) as Node];
  return {
    flops: 2 * batch * nodes.reduce((sum, node) => sum + multiplyAdds(node), 0),
    bytes:
      4 * batch * images.reduce((sum, { shape }) => sum + sizeOf(shape), 0) +
      nodes.reduce((sum, node) => sum + weightBytes(node, precision), 0),
  };
}

/** Of one image. */
export function multiplyAdds(node: Node): number {
  return node.op === "linear" ? weightCount(node) : node.op === "conv" ? weightCount(node) * node.shape[0] * node.shape[1] : 0;
}

function weightCount(node: Node): number {
  const [height, width, channels] = node.inputs[0]?.shape ?? [0, 0, 0];
  if (node.op === "linear") return height * width * channels * sizeOf(node.shape);
  return node.op === "conv" ? node.shape[2] * node.kernel ** 2 * (node.depthwise ? 1 : channels) : 0;
}

/** With a bias, which every kernel of these adds; batch norms are folded into both. */
function weightBytes(node: Node, precision: Precision): number {
  if (node.op !== "conv" && node.op !== "linear") return 0;
  const dense = node.op === "linear" || isDenseConv(node);
  return weightCount(node) * (dense && precision === "f16" ? 2 : 4) + 4 * (node.op === "linear" ? sizeOf(node.shape) : node.shape[2]);
}
