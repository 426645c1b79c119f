/** The operation `localResponseNorm`, which AlexNet and the first GoogLeNet have. */
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { defineOperation, describeSize, type Forward, indexOf, single } from "./operation.ts";
import { inLines, vectors } from "./shape.ts";

/** As PyTorch has them: `alpha` is divided by `size`, the number of channels that are summed. */
export interface LocalResponseNormOptions {
  size: number;
  alpha?: number;
  beta?: number;
  k?: number;
  label?: string;
}

export interface LocalResponseNormNode extends Node, Required<Omit<LocalResponseNormOptions, "label">> {
  readonly op: "localResponseNorm";
}

/**
 * x / (k + alpha / size * s)^beta, s being the sum of squares of the channels from size / 2 before to (size - 1) / 2 behind, both rounded down
 * (Krizhevsky et al. 2012, sec. 3.3, with alpha divided by size); alpha is 1e-4, beta 0.75 and k 1 by default. Excitation backprop takes it for a
 * scale of every value, as a batch norm, and hands relevance on as it is.
 */
export const localResponseNorm = defineOperation({
  /** Throws INVALID for a size that is no whole number of at least 1, and where a divisor could be 0. */
  build: (graph: Graph, x: Node, { size, alpha = 1e-4, beta = 0.75, k = 1, label = "local response norm" }: LocalResponseNormOptions) => {
    if (!Number.isInteger(size) || size < 1 || !(alpha >= 0) || !(k > 0) || !Number.isFinite(beta)) {
      throw new EngineError(
        "INVALID",
        `${label}: there is no norm of size ${size}, alpha ${alpha}, beta ${beta} and k ${k}.`,
        "Give a whole size of at least 1, an alpha of at least 0 and a k above 0.",
      );
    }
    return graph.append<LocalResponseNormNode>({
      ...{ op: "localResponseNorm", label, shape: x.shape, inputs: [x], tensors: {} },
      ...{ size, alpha, beta, k },
    });
  },

  forward: ({ plan, op: { node }, inputs, out }: Forward<LocalResponseNormNode>) => {
    plan.dispatch(kernels.localResponseNorm, { ...valuesOf(node, out), label: node.label, bindings: { image: inputs[0] as Tensor, out } });
  },

  backward: {
    append({ plan, kernels, op: { node }, inputs }, gradient, out) {
      plan.dispatch(kernels.localResponseNormGradient, {
        ...valuesOf(node, out),
        label: `${node.label} transposed`,
        bindings: { gradient, image: inputs[0] as Tensor, out },
      });
    },
    relevance: () => 1,
  },

  describe: (node: LocalResponseNormNode) => ["norm", `lrn${node.size} ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: LocalResponseNormNode, { input }, place) => {
    const { size, alpha, beta, k, shape } = node;
    const first = indexOf(shape, { ...place, channel: 0 });
    let squares = 0;
    const end = Math.min(place.channel + Math.floor((size - 1) / 2), shape[2] - 1);
    for (let c = Math.max(place.channel - Math.floor(size / 2), 0); c <= end; c++) squares += input(0, first + c) ** 2;
    return single(input(0, first + place.channel) / (k + (alpha / size) * squares) ** beta);
  },
});

/** Sizes and grid of both kernels. */
function valuesOf({ shape: [, , channels], size, alpha, beta, k }: LocalResponseNormNode, out: Tensor) {
  const { threads, ...lines } = inLines(out.size / 4);
  return { threads, uniforms: { ...lines, channels, channels4: vectors(channels), size, alpha, beta, k }, flops: out.size * size * 4 };
}
