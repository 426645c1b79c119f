/** The operation `add`, which joins the branches of a net. */
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { constantsOf, parametersOf } from "./activation-functions.ts";
import { defineOperation, describeSize, type Forward, indexOf, sumOf } from "./operation.ts";
import { inLines } from "./shape.ts";

export interface AddNode extends Node {
  readonly op: "add";
}

/** The sum of two tensors of the same shape: in the store of the kernel that makes the later one, or by a separate kernel. */
export const add = defineOperation({
  build: (graph: Graph, a: Node, b: Node, label = "add") =>
    graph.append<AddNode>({ op: "add", label, shape: a.shape, inputs: [a, b], tensors: {} }),

  fusing: () => ({ is: "sum", store: { activation: true } }),

  forward: ({ plan, op, inputs, out }: Forward<AddNode>) => {
    const [a, b] = inputs as [Tensor, Tensor];
    const { threads, ...lines } = inLines(out.size / 4);
    plan.dispatch(kernels.add, {
      bindings: { a, b, out },
      constants: constantsOf(op.activation),
      uniforms: { ...lines, ...parametersOf(op.activation) },
      threads,
    });
  },

  describe: (node: AddNode) => ["add", `add ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: AddNode, { input }, place) => {
    const index = indexOf(node.shape, place);
    return sumOf([input(0, index), input(1, index)]);
  },
});
