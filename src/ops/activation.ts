/** The operation `activation`: in the store of another kernel where there is one to take it, else by a kernel of its own. */
import type { Tensor } from "../engine/tensor.ts";
import type { Activation, Graph, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { activate, checkActivation, constantsOf, describeActivation, parametersOf } from "./activation-functions.ts";
import { defineOperation, describeSize, type Forward, indexOf, single } from "./operation.ts";
import { inLines } from "./shape.ts";

export interface ActivationNode extends Node {
  readonly op: "activation";
  readonly activation: Activation;
}

/** A function of every value. Throws INVALID for one that there is not. */
export const activation = defineOperation({
  build: (graph: Graph, x: Node, activation: Activation, label: string = describeActivation(activation)) => {
    checkActivation(activation);
    return graph.append<ActivationNode>({ op: "activation", label, shape: x.shape, inputs: [x], tensors: {}, activation });
  },

  fusing: ({ activation }: ActivationNode) => ({ is: "activation", activation, movesZero: activate(activation, 0) !== 0 }),

  forward: ({ plan, op: { node }, inputs, out }: Forward<ActivationNode>) => {
    const { threads, ...lines } = inLines(out.size / 4);
    plan.dispatch(kernels.activation, {
      label: node.label,
      bindings: { image: inputs[0] as Tensor, out },
      constants: constantsOf(node.activation),
      uniforms: { ...lines, channels: node.shape[2], ...parametersOf(node.activation) },
      threads,
    });
  },

  describe: (node: ActivationNode) => ["activation", `${describeActivation(node.activation)} ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: ActivationNode, { input }, place) => single(activate(node.activation, input(0, indexOf(node.shape, place)))),
});
