/** The operation `layerNorm`, over the channels of every pixel, as ConvNeXt has it. */
import type { Tensor } from "../engine/tensor.ts";
import { type Graph, type Node, type TensorRef, tensorsOf } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { backwardMatrix, matrixOf } from "./convolution.ts";
import { defineOperation, describeSize, type Forward, indexOf, sumOf } from "./operation.ts";
import type { PackedWeights } from "./packed-weights.ts";
import { vectors } from "./shape.ts";

export interface LayerNormNode extends Node {
  readonly op: "layerNorm";
  readonly tensors: Readonly<Record<"weight" | "bias", TensorRef>>;
  readonly epsilon: number;
}

/**
 * (x - mean) / sqrt(variance + epsilon) * weight + bias, mean and variance being over the channels of every pixel (Ba et al. 2016). Excitation
 * backprop takes it for a scale of every value, as a batch norm, and hands relevance on as it is.
 */
export const layerNorm = defineOperation({
  build: (graph: Graph, x: Node, key: string, epsilon: number) =>
    graph.append<LayerNormNode>({
      ...{ op: "layerNorm", label: key, shape: x.shape, inputs: [x], epsilon },
      tensors: tensorsOf(key, { weight: [x.shape[2]], bias: [x.shape[2]] }) as LayerNormNode["tensors"],
    }),

  layout: ({ tensors: { weight }, shape: [, , channels] }: LayerNormNode) => ({
    ...{ weight, inputs: 1, inputsPadded: 1, taps: 1, outputs: channels, group: channels },
    ...{ outputStep: 1, inputStep: 1, tapStep: 1, precision: "f32" },
  }),

  forward: ({ plan, batch, op: { node, weights }, inputs, out }: Forward<LayerNormNode>) => {
    const { bias, ...packed } = weights as PackedWeights;
    plan.dispatch(kernels.layerNorm, {
      ...pixelsOf(batch, node),
      label: node.label,
      bindings: { image: inputs[0] as Tensor, weight: matrixOf({ bias, ...packed }), bias, out },
    });
  },

  backward: {
    append(step, gradient, out) {
      const { plan, kernels, batch, op, inputs } = step;
      plan.dispatch(kernels.layerNormGradient, {
        ...pixelsOf(batch, op.node),
        label: `${op.node.label} transposed`,
        bindings: { gradient, image: inputs[0] as Tensor, weight: backwardMatrix(step), out },
      });
    },
    relevance: () => 1,
  },

  describe: (node: LayerNormNode) => ["norm", `layernorm ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: LayerNormNode, { input, tensor }, place) => {
    const [, , channels] = node.shape;
    const first = indexOf(node.shape, { ...place, channel: 0 });
    const mean = average(channels, (c) => input(0, first + c));
    const variance = average(channels, (c) => (input(0, first + c) - mean) ** 2);
    const scale = tensor("weight", place.channel) / Math.sqrt(variance + node.epsilon);
    return sumOf([scale * input(0, first + place.channel), -scale * mean, tensor("bias", place.channel)]);
  },
});

function average(count: number, value: (index: number) => number): number {
  let sum = 0;
  for (let index = 0; index < count; index++) sum += value(index);
  return sum / count;
}

/** Sizes and grid of both kernels. */
function pixelsOf(batch: number, { shape: [height, width, channels], epsilon }: LayerNormNode) {
  const pixels = batch * height * width;
  const line = Math.min(pixels, 65536);
  const uniforms = { pixels, line, channels, channels4: vectors(channels), epsilon };
  const threads: [number, number, number] = [kernels.layerNorm.constants.WORKGROUP_X, line, Math.ceil(pixels / line)];
  return { uniforms, threads, flops: pixels * channels * 8 };
}
