/** The operation `activation`, always computed in the store of another kernel, which takes its bounds from here. */
import type { Activation, Graph, Node } from "../graph/graph.ts";
import { defineOperation, describeSize, indexOf, single } from "./operation.ts";

export interface ActivationNode extends Node {
  readonly op: "activation";
  readonly activation: Activation;
}

const LARGEST = 3.4e38;

/** Clamp bounds that an activation is: every one of the vocabulary is a clamp. */
export function bounds(activation: Activation | undefined): { low: number; high: number } {
  return { low: activation ? 0 : -LARGEST, high: activation === "relu6" ? 6 : LARGEST };
}

/** An activation in float64. */
export const activate = (activation: Activation, value: number) =>
  Math.min(Math.max(value, 0), activation === "relu6" ? 6 : Number.POSITIVE_INFINITY);

/** A clamp of what the kernel before it computes. */
export const activation = defineOperation({
  build: (graph: Graph, x: Node, activation: Activation, label: string = activation) =>
    graph.append<ActivationNode>({ op: "activation", label, shape: x.shape, inputs: [x], tensors: {}, activation }),

  fusing: (node: ActivationNode) => ({ is: node.activation }),

  describe: (node: ActivationNode) => ["activation", `${node.activation} ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: ActivationNode, { input }, place) => single(activate(node.activation, input(0, indexOf(node.shape, place)))),
});
