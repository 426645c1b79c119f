/** The operation `batchNorm`, which has no kernel: it disappears into the weights before it. */
import { type Graph, type Node, type TensorRef, tensorsOf } from "../graph/graph.ts";
import { defineOperation, describeSize, indexOf, sumOf } from "./operation.ts";

export interface BatchNormNode extends Node {
  readonly op: "batchNorm";
  readonly tensors: Readonly<Record<"weight" | "bias" | "running_mean" | "running_var", TensorRef>>;
  readonly epsilon: number;
}

/** (x - mean) / sqrt(variance + epsilon) * weight + bias, folded into the weights of the convolution before it. */
export const batchNorm = defineOperation({
  build: (graph: Graph, x: Node, key: string, epsilon: number) => {
    const vector = [x.shape[2]];
    const tensors = tensorsOf(key, { weight: vector, bias: vector, running_mean: vector, running_var: vector });
    return graph.append<BatchNormNode>({
      ...{ op: "batchNorm", label: key, shape: x.shape, inputs: [x], epsilon },
      tensors: tensors as BatchNormNode["tensors"],
    });
  },

  fusing: () => ({ is: "norm" }),

  describe: (node: BatchNormNode) => ["norm", `batchnorm ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: BatchNormNode, { input, tensor }, place) => {
    const { channel } = place;
    const scale = tensor("weight", channel) / Math.sqrt(tensor("running_var", channel) + node.epsilon);
    const value = input(0, indexOf(node.shape, place));
    return sumOf([scale * value, -scale * tensor("running_mean", channel), tensor("bias", channel)]);
  },
});
