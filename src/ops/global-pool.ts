/** The operation `globalPool`, which stands between the last feature map and the head. */
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node, Shape } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { appendBinsTransposed } from "./adaptive-average-pool.ts";
import { defineOperation, describeSize, type Forward, sumOf } from "./operation.ts";
import { inputShape, vectors } from "./shape.ts";

export interface GlobalPoolNode extends Node {
  readonly op: "globalPool";
}

export const isGlobalPool = (node: Node): node is GlobalPoolNode => node.op === "globalPool";

/** The mean over all positions of every channel. */
export const globalPool = defineOperation({
  build: (graph: Graph, x: Node, label = "global pool") =>
    graph.append<GlobalPoolNode>({ op: "globalPool", label, shape: [1, 1, x.shape[2]], inputs: [x], tensors: {} }),

  forward: ({ plan, batch, op, inputs, out }: Forward<GlobalPoolNode>) =>
    appendGlobalPool(plan, batch, inputShape(op.node), inputs[0] as Tensor, out),

  backward: {
    append: appendBinsTransposed,
  },

  describe: (node: GlobalPoolNode) => ["pool", `globalpool ${describeSize(node.inputs[0] as Node)} ${node.shape[2]}`],

  exact: (node: GlobalPoolNode, { input }, { channel }) => {
    const [height, width, channels] = inputShape(node);
    return sumOf(Array.from({ length: height * width }, (_, at) => input(0, at * channels + channel) / (height * width)));
  },
});

/** The mean over all positions of every channel of images of a shape. */
export function appendGlobalPool(plan: PlanBuilder, batch: number, [height, width, channels]: Shape, image: Tensor, out: Tensor): void {
  plan.dispatch(kernels.globalPool, {
    bindings: { image, out },
    uniforms: { pixels: height * width, channels4: vectors(channels) },
    threads: [vectors(channels), kernels.globalPool.constants.WORKGROUP_Y, batch],
    flops: batch * height * width * channels,
  });
}
