/** The operation `upsample`, which the VAE's decoder needs. */
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { defineOperation, describeSize, type Forward, sumOf } from "./operation.ts";
import { inputShape, inputSizes, outputSizes, vectors } from "./shape.ts";

export interface UpsampleNode extends Node {
  readonly op: "upsample";
}

/** Bilinear, half-pixel centres, by a whole factor. */
export const upsample = defineOperation({
  build: (graph: Graph, x: Node, factor: number) => {
    const [height, width, channels] = x.shape;
    return graph.append<UpsampleNode>({
      ...{ op: "upsample", label: "upsample", inputs: [x], tensors: {} },
      shape: [height * factor, width * factor, channels],
    });
  },

  forward: ({ plan, batch, op: { node }, inputs, out }: Forward<UpsampleNode>) => {
    const [, outWidth, channels] = node.shape;
    const size = outputSizes(batch, node);
    plan.dispatch(kernels.upsample, {
      bindings: { image: inputs[0] as Tensor, out },
      uniforms: { ...size, channels4: vectors(channels) },
      threads: [vectors(channels), outWidth, size.lines],
      flops: size.lines * outWidth * channels * 8,
    });
  },

  backward: {
    append({ plan, kernels, batch, op }, gradient, out) {
      const { lines, height, width, channels4, out_height } = inputSizes(batch, op.node);
      const factor = out_height / height;
      plan.dispatch(kernels.upsampleTransposed, {
        label: `${op.node.label} transposed`,
        bindings: { gradient, out },
        uniforms: { lines, height, width, channels4, factor },
        threads: [channels4, width, lines],
        flops: lines * width * channels4 * 4 * 9 * factor ** 2,
      });
    },
  },

  describe: (node: UpsampleNode) => {
    const [height] = inputShape(node);
    return ["upsample", `upsample${node.shape[0] / height} ${describeSize(node.inputs[0] as Node)} ${node.shape[2]}`];
  },

  exact: (node: UpsampleNode, { input }, { y, x, channel }) => {
    const [height, width, channels] = inputShape(node);
    const [down, across] = [samplesAt(y, height, node.shape[0]), samplesAt(x, width, node.shape[1])];
    return sumOf(down.flatMap(([line, v]) => across.map(([column, u]) => v * u * input(0, (line * width + column) * channels + channel))));
  },
});

/** The two samples that a bilinear one lies between, and their weights. */
function samplesAt(at: number, size: number, outSize: number): [index: number, weight: number][] {
  const position = Math.min(Math.max(((at + 0.5) * size) / outSize - 0.5, 0), size - 1);
  const first = Math.floor(position);
  return [
    [first, 1 - (position - first)],
    [Math.min(first + 1, size - 1), position - first],
  ];
}
