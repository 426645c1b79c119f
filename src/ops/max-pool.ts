/** The operation `maxPool`, which shares its kernels with `averagePool`. */
import type { Graph, Node } from "../graph/graph.ts";
import { defineOperation, type Forward, single } from "./operation.ts";
import {
  appendPool,
  appendPoolTransposed,
  describePool,
  POOL_MODES,
  type PoolNode,
  type PoolOptions,
  poolFields,
  tapsOf,
} from "./pooling.ts";
import type { Sides } from "./shape.ts";

export interface MaxPoolNode extends PoolNode {
  readonly op: "maxPool";
}

export const isMaxPool = (node: Node): node is MaxPoolNode => node.op === "maxPool";

/** The maximum under a window. Its gradient goes to the first of equal maxima in row-major order. */
export const maxPool = defineOperation({
  /** `options`: a number is the padding on every side. */
  build: (
    graph: Graph,
    x: Node,
    window: number | Sides,
    stride: number | Sides,
    options: number | (PoolOptions & { label?: string }) = 0,
    label = "max pool",
  ) => {
    const given = typeof options === "number" ? { padding: options } : options;
    return graph.append<MaxPoolNode>({ op: "maxPool", ...poolFields(x, given.label ?? label, window, stride, given) });
  },

  strips: "writes",

  forward: (call: Forward<MaxPoolNode>) => appendPool(call, POOL_MODES.max),

  backward: {
    selects: true,
    append: (step, gradient, out) => appendPoolTransposed(step, gradient, out, POOL_MODES.max),
  },

  describe: (node: MaxPoolNode) => describePool("max", node),

  exact: (node: MaxPoolNode, values, place) => single(Math.max(...tapsOf(node, values, place))),
});
