/** The operation `averagePool`, which shares its kernels with `maxPool`. */
import type { Graph, Node } from "../graph/graph.ts";
import { defineOperation, type Forward, sumOf } from "./operation.ts";
import { appendPool, appendPoolTransposed, describePool, POOL_MODES, type PoolNode, poolFields, tapsOf } from "./pooling.ts";
import type { Sides } from "./shape.ts";

export interface AveragePoolNode extends PoolNode {
  readonly op: "averagePool";
  readonly countPadding: boolean;
}

export const isAveragePool = (node: Node): node is AveragePoolNode => node.op === "averagePool";

const modeOf = ({ countPadding }: AveragePoolNode) => (countPadding ? POOL_MODES.whole : POOL_MODES.inside);

/** The mean under a window. `countPadding`: divide by the whole window at the edges (PyTorch's default) instead of by the pixels inside. */
export const averagePool = defineOperation({
  build: (graph: Graph, x: Node, window: number | Sides, stride: number | Sides, pad = 0, countPadding = true) =>
    graph.append<AveragePoolNode>({ op: "averagePool", ...poolFields(x, "average pool", window, stride, pad), countPadding }),

  forward: (call: Forward<AveragePoolNode>) => appendPool(call, modeOf(call.op.node)),

  backward: {
    append: (step, gradient, out) => appendPoolTransposed(step, gradient, out, modeOf(step.op.node)),
  },

  describe: (node: AveragePoolNode) => describePool("average", node),

  exact: (node: AveragePoolNode, values, place) => {
    const taps = tapsOf(node, values, place);
    const count = node.countPadding ? node.window[0] * node.window[1] : taps.length;
    return sumOf(taps.map((tap) => tap / count));
  },
});
