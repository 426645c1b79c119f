/** The operation `add`, which joins the branches of a net. */
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { constantsOf, parametersOf } from "./activation-functions.ts";
import {
  type ArithmeticNode,
  appendArithmetic,
  appendArithmeticTransposed,
  commonShape,
  describeArithmetic,
  exactArithmetic,
  sameShape,
} from "./arithmetic.ts";
import { defineOperation, type Forward } from "./operation.ts";
import { inLines } from "./shape.ts";

export interface AddNode extends ArithmeticNode {
  readonly op: "add";
}

const isSum = ({ inputs: [a, b], shape }: Node) => [a, b].every((input) => input && sameShape(input.shape, shape));

/**
 * a + b. Of one shape: in the store of the kernel that makes the later one, or by a separate kernel. Where a value of one meets many of the
 * other, as for `multiply`, always by a separate one.
 */
export const add = defineOperation({
  build: (graph: Graph, a: Node, b: Node, label = "add") =>
    graph.append<AddNode>({ op: "add", label, shape: commonShape("add", a, b), inputs: [a, b], tensors: {} }),

  fusing: (node: AddNode) => ({ ...(isSum(node) && { is: "sum" }), store: { activation: true } }),

  forward: (call: Forward<AddNode>) => {
    const { plan, op, inputs, out } = call;
    if (!isSum(op.node)) {
      appendArithmetic(call);
      return;
    }
    const [a, b] = inputs as [Tensor, Tensor];
    const { threads, ...lines } = inLines(out.size / 4);
    plan.dispatch(kernels.add, {
      bindings: { a, b, out },
      constants: constantsOf(op.activation),
      uniforms: { ...lines, ...parametersOf(op.activation) },
      threads,
    });
  },

  /** Of two shapes; a sum of one shape passes its gradient on. */
  backward: { append: appendArithmeticTransposed },

  describe: describeArithmetic,

  exact: exactArithmetic,
});
