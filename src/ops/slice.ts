/** The operation `slice`, which takes some channels of an image; several of them split it. */
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { appendCopiedChannels } from "./copied-channels.ts";
import { defineOperation, describeSize, type Forward, indexOf, single } from "./operation.ts";
import { inputShape } from "./shape.ts";

export interface SliceNode extends Node {
  readonly op: "slice";
  readonly first: number;
}

/** `count` channels from the `first` on, which is counted from 0. */
export const slice = defineOperation({
  /** Throws INVALID where there are no such channels. */
  build: (graph: Graph, x: Node, first: number, count: number, label = "slice") => {
    const [height, width, channels] = x.shape;
    if (!Number.isInteger(first) || !Number.isInteger(count) || first < 0 || count < 1 || first + count > channels) {
      throw new EngineError(
        "INVALID",
        `"${label}" takes ${count} channels of "${x.label}" from number ${first} on, and there are ${channels}.`,
        "Take at least one channel, from 0 on.",
      );
    }
    return graph.append<SliceNode>({ op: "slice", label, shape: [height, width, count], inputs: [x], tensors: {}, first });
  },

  strips: "writes",

  forward: ({ plan, batch, op: { node }, inputs, out, into }: Forward<SliceNode>) => {
    const { label, shape, first } = node;
    appendCopiedChannels(plan, { label, batch, shape, out, into }, { image: inputs[0] as Tensor, channels: inputShape(node)[2] }, first);
  },

  backward: {
    selects: true,
    addsResidual: () => true,
    append({ plan, batch, op: { node } }, gradient, out, residual) {
      const copied = { label: `${node.label} transposed`, batch, shape: inputShape(node), out, residual };
      appendCopiedChannels(plan, copied, { image: gradient, channels: node.shape[2] }, -node.first);
    },
  },

  describe: (node: SliceNode) => [
    "slice",
    `slice ${describeSize(node)} ${inputShape(node)[2]}>${node.first}-${node.first + node.shape[2] - 1}`,
  ],

  exact: (node: SliceNode, { input }, { y, x, channel }) =>
    single(input(0, indexOf(inputShape(node), { y, x, channel: channel + node.first }))),
});
