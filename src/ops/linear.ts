/** The operation `linear`: a dense layer on the way forward, with separate kernels for the way back. */
import { roundUp, sizeOf, type Tensor } from "../engine/tensor.ts";
import type { FusedOp } from "../graph/fuse.ts";
import { type Graph, type Node, type Shape, type TensorRef, tensorsOf } from "../graph/graph.ts";
import { appendDense } from "./dense/dense.ts";
import type { DenseLayer } from "./dense/dense-layer.ts";
import { type Backward, defineOperation, describeSize, type Forward, indexOf, sumOf } from "./operation.ts";
import type { Layout, PackedWeights, Precision, WeightPart } from "./packed-weights.ts";
import { inputShape, vectors } from "./shape.ts";

export interface LinearNode extends Node {
  readonly op: "linear";
  readonly tensors: { readonly weight: TensorRef; readonly bias?: TensorRef };
  /** The order in which the weights see the values of an image. */
  readonly flatten: "nhwc" | "nchw";
}

export const isLinear = (node: Node): node is LinearNode => node.op === "linear";

/** A matrix product: a 1x1 convolution of an image of one pixel. */
export const linear = defineOperation({
  /** `flatten`: the order in which the weights see the values of an image. `outputs`: a length, or an image's shape (NHWC order). */
  build: (
    graph: Graph,
    x: Node,
    key: string,
    outputs: number | Shape,
    { bias = true, flatten = "nchw" }: { bias?: boolean; flatten?: "nhwc" | "nchw" } = {},
  ) => {
    const shape: Shape = typeof outputs === "number" ? [1, 1, outputs] : outputs;
    const length = sizeOf(shape);
    const tensors = tensorsOf(key, { weight: [length, sizeOf(x.shape)], bias: bias ? [length] : undefined });
    return graph.append<LinearNode>({
      ...{ op: "linear", label: key, shape, inputs: [x], flatten },
      tensors: tensors as LinearNode["tensors"],
    });
  },

  fusing: () => ({ store: { residual: true, activation: true } }),

  /** Over an image it is a convolution, the taps of which are the pixels. */
  layout: (node: LinearNode, precision: Precision): Layout => {
    const [height, width, inputs] = inputShape(node);
    const taps = height * width;
    return {
      ...{ weight: node.tensors.weight, inputs, taps, outputs: sizeOf(node.shape), group: node.shape[2], precision },
      inputsPadded: roundUp(inputs, 4),
      outputStep: taps * inputs,
      ...(node.flatten === "nchw" ? { inputStep: taps, tapStep: 1 } : { inputStep: 1, tapStep: inputs }),
    };
  },

  dense: (batch: number, op: FusedOp<LinearNode>): DenseLayer => denseLayer(batch, op),

  forward: ({ plan, batch, op, inputs, residual, out, precision }: Forward<LinearNode>) => {
    const tensors = { image: inputs[0] as Tensor, weights: op.weights as PackedWeights, residual, out };
    appendDense(plan, denseLayer(batch, op), tensors, precision);
  },

  backward: {
    append(step, gradient, out) {
      const { plan, kernels, batch, op, precision, sign } = step;
      const { channels4: inputs4, outputs4: gradient_columns4 } = denseLayer(batch, op);
      for (const { matrix, first4, columns4 } of partsOf(step)) {
        plan.dispatch(kernels.linearTransposed, {
          label: `${op.node.label} transposed`,
          bindings: { gradient, weights: matrix, out },
          constants: { Weight: precision },
          uniforms: { inputs4, columns4, first4, gradient_columns4, accumulate: first4 > 0 ? 1 : 0, sign },
          threads: [kernels.linearTransposed.constants.WORKGROUP_X, inputs4, batch],
          flops: 2 * batch * inputs4 * columns4 * 16,
        });
      }
    },
    appendRectified(step, out) {
      const { plan, kernels, batch, op, precision, sign, inputs } = step;
      const { channels4: inputs4, outputs4: out_columns4 } = denseLayer(batch, op);
      for (const { matrix, first4, columns4 } of partsOf(step)) {
        plan.dispatch(kernels.linearRectified, {
          label: `${op.node.label} rectified`,
          bindings: { image: inputs[0] as Tensor, weights: matrix, out },
          constants: { Weight: precision },
          uniforms: { batch, inputs4, columns4, first4, out_columns4, sign },
          threads: [columns4, batch],
          flops: 2 * batch * inputs4 * columns4 * 16,
        });
      }
    },
  },

  multiplyAdds: ({ tensors }: LinearNode) => sizeOf(tensors.weight.shape),

  describe: (node: LinearNode) => {
    const [height, width, channels] = inputShape(node);
    const outputs = node.shape[0] * node.shape[1] > 1 ? node.shape.join("x") : node.shape[2];
    const order = node.flatten === "nchw" ? "" : " nhwc";
    const inputs = height * width > 1 ? `${describeSize(node.inputs[0] as Node)}x${channels}${order}` : channels;
    return ["linear", `linear ${inputs}>${outputs}`];
  },

  exact: (node: LinearNode, { input, tensor }, place) => {
    const [height, width, channels] = inputShape(node);
    const pixels = height * width;
    const inner = pixels * channels;
    const output = indexOf(node.shape, place);
    function* terms() {
      if (node.tensors.bias) yield tensor("bias", output);
      for (let k = 0; k < inner; k++) {
        const from = node.flatten === "nhwc" ? k : (k % pixels) * channels + Math.floor(k / pixels);
        yield input(0, from) * tensor("weight", output * inner + k);
      }
    }
    return sumOf(terms());
  },
});

const partsOf = ({ weights }: Backward<LinearNode>): readonly WeightPart[] => weights?.packed.parts as readonly WeightPart[];

function denseLayer(batch: number, { node, activation }: FusedOp<LinearNode>): DenseLayer {
  const [height, width, channels] = inputShape(node);
  const [outHeight, outWidth, outputs] = node.shape;
  return {
    ...{ label: node.label, batch, height: 1, width: 1, outHeight: 1, outWidth: 1, kernel: [1, 1], stride: [1, 1], pad: [0, 0] },
    channels4: height * width * vectors(channels),
    outputs4: outHeight * outWidth * vectors(outputs),
    activation,
    flops: 2 * batch * height * width * channels * outHeight * outWidth * outputs,
  };
}
