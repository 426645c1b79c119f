/** The operation `shuffle`, by which the groups of ShuffleNet exchange channels. */
import { EngineError } from "../engine/errors.ts";
import type { PlanBuilder } from "../engine/plan.ts";
import type { Tensor } from "../engine/tensor.ts";
import type { Graph, Node } from "../graph/graph.ts";
import * as kernels from "../shaders/index.ts";
import { defineOperation, describeSize, type Forward, indexOf, single } from "./operation.ts";
import { inLines, vectors } from "./shape.ts";

export interface ShuffleNode extends Node {
  readonly op: "shuffle";
  readonly groups: number;
}

/** Channels as `groups` rows, read column by column. */
export const shuffle = defineOperation({
  /** Throws INVALID where the channels do not make so many groups of one size. */
  build: (graph: Graph, x: Node, groups: number, label = "channel shuffle") => {
    const channels = x.shape[2];
    if (!(groups >= 1 && Number.isInteger(groups) && channels % groups === 0)) {
      throw new EngineError(
        "INVALID",
        `"${label}" cannot make ${groups} groups of the ${channels} channels of "${x.label}".`,
        "Give a number of groups that divides the channels.",
      );
    }
    return graph.append<ShuffleNode>({ op: "shuffle", label, shape: x.shape, inputs: [x], tensors: {}, groups });
  },

  forward: ({ plan, op: { node }, inputs, out }: Forward<ShuffleNode>) =>
    append(plan, node.label, node, node.groups, inputs[0] as Tensor, out),

  backward: {
    selects: true,
    append: ({ plan, op: { node } }, gradient, out) =>
      append(plan, `${node.label} transposed`, node, node.shape[2] / node.groups, gradient, out),
  },

  describe: (node: ShuffleNode) => ["shuffle", `shuffle${node.groups} ${describeSize(node)} ${node.shape[2]}`],

  exact: ({ shape, groups }: ShuffleNode, { input }, { y, x, channel }) => {
    const [row, column] = [channel % groups, Math.floor(channel / groups)];
    return single(input(0, indexOf(shape, { y, x, channel: (row * shape[2]) / groups + column })));
  },
});

function append(plan: PlanBuilder, label: string, { shape: [, , channels] }: Node, groups: number, image: Tensor, out: Tensor): void {
  const { threads, ...lines } = inLines(out.size / 4);
  plan.dispatch(kernels.shuffle, {
    label,
    bindings: { image, out },
    uniforms: { ...lines, channels, channels4: vectors(channels), groups },
    threads,
  });
}
