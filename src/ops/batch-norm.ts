/** The operation `batchNorm`, which disappears into the weights before it, where there are some that nothing else reads. */
import type { Graph, Node, TensorRef } from "../graph/graph.ts";
import { tensorsOf } from "../graph/graph.ts";
import { badTensor, describePlace } from "./finite-values.ts";
import { defineOperation, describeSize, indexOf, sumOf } from "./operation.ts";
import { scaling } from "./scaling.ts";
import { describeTensor } from "./weight-source.ts";

export interface BatchNormNode extends Node {
  readonly op: "batchNorm";
  readonly tensors: Readonly<Record<"weight" | "bias" | "running_mean" | "running_var", TensorRef>>;
  readonly epsilon: number;
}

/** (x - mean) / sqrt(variance + epsilon) * weight + bias. */
export const batchNorm = defineOperation({
  build: (graph: Graph, x: Node, key: string, epsilon: number) => {
    const vector = [x.shape[2]];
    const tensors = tensorsOf(key, { weight: vector, bias: vector, running_mean: vector, running_var: vector });
    return graph.append<BatchNormNode>({
      ...{ op: "batchNorm", label: key, shape: x.shape, inputs: [x], epsilon },
      tensors: tensors as BatchNormNode["tensors"],
    });
  },

  ...scaling,

  /** Throws BAD_WEIGHTS where a variance is negative, or scale or shift exceed f32. */
  affine: async ({ tensors, epsilon }: BatchNormNode, source) => {
    const read = ({ key, shape }: TensorRef) => source.read(key, shape);
    const [gain, offset, mean, variance] = await Promise.all([
      read(tensors.weight),
      read(tensors.bias),
      read(tensors.running_mean),
      read(tensors.running_var),
    ]);
    const { shape } = tensors.weight;
    const wrong = variance.findIndex((value) => value < 0 || value + epsilon <= 0);
    if (wrong >= 0) {
      const value = `${variance[wrong]} at ${describePlace(wrong, shape)}`;
      throw badTensor(describeTensor(source, tensors.running_var.key), `holds ${value}, where a variance plus ${epsilon} must be above 0`);
    }
    const scale = gain.map((value, c) => value / Math.sqrt((variance[c] as number) + epsilon));
    return { scale, shift: Float64Array.from(offset, (value, c) => value - (mean[c] as number) * (scale[c] as number)) };
  },

  describe: (node: BatchNormNode) => ["norm", `batchnorm ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: BatchNormNode, { input, tensor }, place) => {
    const { channel } = place;
    const scale = tensor("weight", channel) / Math.sqrt(tensor("running_var", channel) + node.epsilon);
    const value = input(0, indexOf(node.shape, place));
    return sumOf([scale * value, -scale * tensor("running_mean", channel), tensor("bias", channel)]);
  },
});
