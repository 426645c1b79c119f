/** Describes RegNetY-400MF, under the names of torchvision and of timm. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { normed, squeezeExcitation } from "./blocks.ts";

/** Channels and blocks of every stage (Radosavovic et al. 2020, figure 15), and channels of a group. */
const STAGES = [
  [48, 1],
  [104, 3],
  [208, 6],
  [440, 6],
] as const;
const GROUP = 8;

/** Any input size; the output is a logit a class. */
export function regnetY400mf({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const activation = "relu";
  let x = normed(g, g.input(input), "stem", { outputs: 32, kernel: 3, stride: 2, activation });
  for (const [stage, [outputs, blocks]] of STAGES.entries()) {
    for (let index = 0; index < blocks; index++) {
      const key = `trunk_output.block${stage + 1}.block${stage + 1}-${index}`;
      const stride = index === 0 ? 2 : 1;
      const skip = index === 0 ? normed(g, x, `${key}.proj`, { outputs, kernel: 1, stride }) : x;
      let y = normed(g, x, `${key}.f.a`, { outputs, kernel: 1, activation });
      y = normed(g, y, `${key}.f.b`, { outputs, kernel: 3, stride, groups: outputs / GROUP, activation });
      y = squeezeExcitation(g, y, `${key}.f.se`, { squeezed: Math.round(x.shape[2] / 4) });
      y = normed(g, y, `${key}.f.c`, { outputs, kernel: 1 });
      x = g.activation(g.add(y, skip), activation, key);
    }
  }
  g.linear(g.globalPool(x, "avgpool"), "fc", classes);
  return g.nodes;
}

const NAMES: Readonly<Record<string, string>> = { a: "conv1", b: "conv2", c: "conv3", proj: "downsample", 0: "conv", 1: "bn" };

/** timm's names of tensors. */
export function timmRegnet(layer: string, part: string): string {
  const [, stage, block, inner] = /^trunk_output\.block\d\.block(\d)-(\d+)\.(?:f\.)?(.+)$/.exec(layer) ?? [];
  const rename = (name: string) =>
    name
      .split(".")
      .map((each) => NAMES[each] ?? each)
      .join(".");
  if (stage && inner) return `s${stage}.b${Number(block) + 1}.${rename(inner)}.${part}`;
  return `${layer === "fc" ? "head.fc" : rename(layer)}.${part}`;
}
