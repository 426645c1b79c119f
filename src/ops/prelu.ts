/** The operation `prelu`, an activation whose slopes are learned. */
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import { type Graph, type Node, type TensorRef, tensorsOf } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { backwardMatrix, matrixOf } from "./convolution.ts";
import { defineOperation, describeSize, type Forward, indexOf, single } from "./operation.ts";
import type { PackedWeights } from "./packed-weights.ts";
import { inLines, vectors } from "./shape.ts";

export interface PreluNode extends Node {
  readonly op: "prelu";
  readonly tensors: { readonly weight: TensorRef };
}

/** x, or below 0 x times a slope, `key.weight`: one a channel, or one for all where `shared` (He et al. 2015, eq. 1). */
export const prelu = defineOperation({
  build: (graph: Graph, x: Node, key: string, { shared = false }: { shared?: boolean } = {}) =>
    graph.append<PreluNode>({
      ...{ op: "prelu", label: key, shape: x.shape, inputs: [x] },
      tensors: tensorsOf(key, { weight: [shared ? 1 : x.shape[2]] }) as PreluNode["tensors"],
    }),

  layout: ({ tensors: { weight } }: PreluNode) => {
    const [outputs] = weight.shape as [number];
    return {
      ...{ weight, inputs: 1, inputsPadded: 1, taps: 1, outputs, group: outputs },
      ...{ outputStep: 1, inputStep: 1, tapStep: 1, precision: "f32" },
    };
  },

  forward: ({ plan, op, inputs, out }: Forward<PreluNode>) => {
    const image = inputs[0] as Tensor;
    appendSlopes(plan, op.node, { gradient: image, image, slopes: matrixOf(op.weights as PackedWeights), out });
  },

  signed: true,

  backward: {
    append: (step, gradient, out) =>
      appendSlopes(step.plan, step.op.node, { gradient, image: step.inputs[0] as Tensor, slopes: backwardMatrix(step), out }),
    relevance: () => undefined,
  },

  describe: (node: PreluNode) => ["activation", `prelu ${describeSize(node)} ${node.shape[2]}`],

  exact: (node: PreluNode, { input, tensor }, place) => {
    const x = input(0, indexOf(node.shape, place));
    return single(x > 0 ? x : x * tensor("weight", place.channel % (node.tensors.weight.shape[0] as number)));
  },
});

type Bindings = Record<keyof typeof kernels.prelu.bindings, Tensor>;

function appendSlopes(plan: PlanBuilder, { label, shape, tensors }: PreluNode, bindings: Bindings): void {
  const { threads, ...lines } = inLines(bindings.out.size / 4);
  plan.dispatch(kernels.prelu, {
    ...{ label, bindings, threads },
    constants: { SHARED: tensors.weight.shape[0] === shape[2] ? 0 : 1 },
    uniforms: { ...lines, channels4: vectors(shape[2]) },
  });
}
