/** The operation `concat`, which joins branches by their channels. */
import { EngineError } from "../engine/errors.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import { appendCopiedChannels, appendJoinedChannels, startsOf } from "./copied-channels.ts";
import { defineOperation, describeSize, type Forward, indexOf, single } from "./operation.ts";

export interface ConcatNode extends Node {
  readonly op: "concat";
}

export const isConcat = (node: Node): node is ConcatNode => node.op === "concat";

/** The channels of all inputs, one input behind the other. */
export const concat = defineOperation({
  /** Throws INVALID where there is no input, or where heights or widths differ. */
  build: (graph: Graph, inputs: readonly Node[], label = "concat") => {
    const [first] = inputs;
    if (!first) throw new EngineError("INVALID", `"${label}" joins no inputs.`, "Give concat a list of nodes.");
    const [height, width] = first.shape;
    const other = inputs.find(({ shape }) => shape[0] !== height || shape[1] !== width);
    if (other) {
      throw new EngineError(
        "INVALID",
        `"${label}" joins "${first.label}" of ${describeSize(first)} pixels and "${other.label}" of ${describeSize(other)}.`,
        "Give inputs of the same height and width.",
      );
    }
    const channels = inputs.reduce((sum, { shape }) => sum + shape[2], 0);
    return graph.append<ConcatNode>({ op: "concat", label, shape: [height, width, channels], inputs: [...inputs], tensors: {} });
  },

  strips: "writes",

  /** Copies the inputs that do not lie in `out` already. */
  forward: ({ plan, batch, op: { node }, inputs, out, into }: Forward<ConcatNode>) => {
    const images = node.inputs.map(({ shape }, which) => ({ image: inputs[which] as Tensor, channels: shape[2] }));
    appendJoinedChannels(plan, { label: node.label, batch, shape: node.shape, out, into }, images);
  },

  backward: {
    selects: true,
    addsResidual: () => true,
    append({ plan, batch, op: { node }, which }, gradient, out, residual) {
      const { shape } = node.inputs[which] as Node;
      const copied = { label: `${node.label} transposed`, batch, shape, out, residual };
      appendCopiedChannels(plan, copied, { image: gradient, channels: node.shape[2] }, starts(node)[which] as number);
    },
  },

  describe: (node: ConcatNode) => ["concat", `concat ${describeSize(node)} ${node.inputs.map(({ shape }) => shape[2]).join("+")}`],

  exact: (node: ConcatNode, { input }, { y, x, channel }) => {
    const first = starts(node);
    const which = first.findLastIndex((start) => start <= channel);
    return single(input(which, indexOf((node.inputs[which] as Node).shape, { y, x, channel: channel - (first[which] as number) })));
  },
});

/** Where the channels of every input begin. */
const starts = ({ inputs }: Node) => startsOf(inputs.map(({ shape }) => shape[2]));
