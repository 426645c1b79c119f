/** The operation `input`, the first node of every net. */
import type { Graph, Node, Shape } from "../graph/graph.ts";
import { defineOperation, describeSize, indexOf, single } from "./operation.ts";

export interface InputNode extends Node {
  readonly op: "input";
}

/** What the net is given. */
export const input = defineOperation({
  build: (graph: Graph, shape: Shape, label = "input") => graph.append<InputNode>({ op: "input", label, shape, inputs: [], tensors: {} }),

  describe: (node: InputNode) => ["input", `input ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: InputNode, { input }, place) => single(input(0, indexOf(node.shape, place))),
});
