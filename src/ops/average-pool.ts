/** The operation `averagePool`, which shares its kernels with `maxPool`. */
import type { Graph, Node } from "../graph/graph.ts";
import { defineOperation, type Forward, sumOf } from "./operation.ts";
import {
  appendPool,
  appendPoolTransposed,
  describePool,
  POOL_MODES,
  type PoolNode,
  type PoolOptions,
  paddedTaps,
  poolFields,
  tapsOf,
} from "./pooling.ts";
import type { Sides } from "./shape.ts";

export interface AveragePoolNode extends PoolNode {
  readonly op: "averagePool";
  readonly countPadding: boolean;
}

export const isAveragePool = (node: Node): node is AveragePoolNode => node.op === "averagePool";

const modeOf = ({ countPadding }: AveragePoolNode) => (countPadding ? POOL_MODES.whole : POOL_MODES.inside);

/**
 * The mean under a window. `countPadding`: divide by the window's pixels inside the padded image (PyTorch's default) instead of by those inside
 * the image; what a last window has beyond the padding never counts.
 */
export const averagePool = defineOperation({
  /** `options`: a number is the padding on every side. */
  build: (
    graph: Graph,
    x: Node,
    window: number | Sides,
    stride: number | Sides,
    options: number | (PoolOptions & { countPadding?: boolean; label?: string }) = 0,
    countPadding = true,
  ) => {
    const given = { countPadding, label: "average pool", ...(typeof options === "number" ? { padding: options } : options) };
    const fields = poolFields(x, given.label, window, stride, given);
    return graph.append<AveragePoolNode>({ op: "averagePool", ...fields, countPadding: given.countPadding });
  },

  strips: "writes",

  forward: (call: Forward<AveragePoolNode>) => appendPool(call, modeOf(call.op.node)),

  backward: {
    append: (step, gradient, out) => appendPoolTransposed(step, gradient, out, modeOf(step.op.node)),
  },

  describe: (node: AveragePoolNode) => {
    const [group, name] = describePool("average", node);
    return [group, node.countPadding || node.pads.every((pad) => pad === 0) ? name : `${name} inside`];
  },

  exact: (node: AveragePoolNode, values, place) => {
    const taps = tapsOf(node, values, place);
    const count = node.countPadding ? paddedTaps(node, place) : taps.length;
    return sumOf(taps.map((tap) => tap / count));
  },
});
