import type { Graph, Node, Shape } from "../graph/graph.ts";
import { defineOperation, describeSize, single } from "./operation.ts";

export interface InputNode extends Node {
  readonly op: "input";
}

/** What the net is given. */
export const input = defineOperation({
  build: (graph: Graph, shape: Shape, label = "input") => graph.append<InputNode>({ op: "input", label, shape, inputs: [], tensors: {} }),

  describe: (node: InputNode) => ["input", `input ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: InputNode, { input }, { y, x, channel }) => single(input(0, (y * node.shape[1] + x) * node.shape[2] + channel)),
});
