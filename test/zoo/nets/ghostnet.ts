/** Describes GhostNet, under timm's names. */
import type { NetSize, Node } from "../../../src/graph/graph.ts";
import { GraphBuilder } from "../../../src/ops/builder.ts";
import { divisible, normed, normedDepthwise } from "../../../src/zoo/blocks.ts";
import { squeeze } from "./squeeze.ts";

type Block = readonly [kernel: number, inside: number, outputs: number, squeezes: boolean, stride: number];

/** Han et al. 2020, table 1. */
const STAGES: readonly (readonly Block[])[] = [
  [[3, 16, 16, false, 1]],
  [[3, 48, 24, false, 2]],
  [[3, 72, 24, false, 1]],
  [[5, 72, 40, true, 2]],
  [[5, 120, 40, true, 1]],
  [[3, 240, 80, false, 2]],
  [
    [3, 200, 80, false, 1],
    [3, 184, 80, false, 1],
    [3, 184, 80, false, 1],
    [3, 480, 112, true, 1],
    [3, 672, 112, true, 1],
  ],
  [[5, 672, 160, true, 2]],
  [
    [5, 960, 160, false, 1],
    [5, 960, 160, true, 1],
    [5, 960, 160, false, 1],
    [5, 960, 160, true, 1],
  ],
];

export function ghostnet({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const activated = { activation: "relu" } as const;

  /** One half of the outputs by a convolution, the other from those, each channel by itself. */
  const ghost = (x: Node, key: string, outputs: number, options: { activation?: "relu" } = {}) => {
    const primary = normed(g, x, `${key}.primary_conv`, { outputs: outputs / 2, kernel: 1, ...options });
    return g.concat([primary, normedDepthwise(g, primary, `${key}.cheap_operation`, { kernel: 3, ...options })], key);
  };

  const block = (x: Node, key: string, [kernel, inside, outputs, squeezes, stride]: Block) => {
    let y = ghost(x, `${key}.ghost1`, inside, activated);
    if (stride > 1) y = normedDepthwise(g, y, key, { kernel, stride, names: [".conv_dw", ".bn_dw"] });
    if (squeezes) y = squeeze(g, y, `${key}.se`, divisible(inside / 4, 4), "relu", "hardSigmoid");
    y = ghost(y, `${key}.ghost2`, outputs);
    if (stride === 1 && x.shape[2] === outputs) return g.add(y, x, key);
    const skip = normedDepthwise(g, x, `${key}.shortcut`, { kernel, stride });
    return g.add(y, normed(g, skip, `${key}.shortcut`, { outputs, kernel: 1, names: [".2", ".3"] }), key);
  };

  let x = normed(g, g.input(input), "", { outputs: 16, kernel: 3, stride: 2, names: ["conv_stem", "bn1"], ...activated });
  for (const [stage, blocks] of STAGES.entries()) {
    for (const [index, form] of blocks.entries()) x = block(x, `blocks.${stage}.${index}`, form);
  }
  x = normed(g, x, `blocks.${STAGES.length}.0`, { outputs: 960, kernel: 1, names: [".conv", ".bn1"], ...activated });
  const head = g.conv(g.globalPool(x, "global_pool"), "conv_head", { outputs: 1280, kernel: 1, bias: true });
  g.linear(g.activation(head, "relu", "act2"), "classifier", classes);
  return g.nodes;
}
