/** Describes EfficientNet-B0, under the names of torchvision and of timm. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { normed, normedDepthwise, squeezeExcitation } from "./blocks.ts";

/** Expansion, kernel, stride, outputs and repeats of every stage (Tan & Le 2019, table 1). */
const STAGES = [
  [1, 3, 1, 16, 1],
  [6, 3, 2, 24, 2],
  [6, 5, 2, 40, 2],
  [6, 3, 2, 80, 3],
  [6, 5, 1, 112, 3],
  [6, 5, 2, 192, 4],
  [6, 3, 1, 320, 1],
] as const;
const HEAD = STAGES.length + 1;

/** Any input size; the output is a logit a class. Padded on all sides alike, unlike the first one, in TensorFlow. */
export function efficientnetB0({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const activation = "silu";
  let x = normed(g, g.input(input), "features.0", { outputs: 32, kernel: 3, stride: 2, activation });
  for (const [stage, [expansion, kernel, first, outputs, repeats]] of STAGES.entries()) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const block = `features.${stage + 1}.${repeat}`;
      const channels = x.shape[2];
      let part = 0;
      const next = () => `${block}.block.${part++}`;
      let y = x;
      if (expansion > 1) y = normed(g, y, next(), { outputs: channels * expansion, kernel: 1, activation });
      y = normedDepthwise(g, y, next(), { kernel, stride: repeat === 0 ? first : 1, activation });
      y = squeezeExcitation(g, y, next(), { squeezed: channels / 4, activation });
      y = normed(g, y, next(), { outputs, kernel: 1 });
      x = repeat > 0 ? g.add(y, x, block) : y;
    }
  }
  x = normed(g, x, `features.${HEAD}`, { outputs: 1280, kernel: 1, activation });
  g.linear(g.globalPool(x, "avgpool"), "classifier.1", classes);
  return g.nodes;
}

const ENDS: Readonly<Record<string, string>> = {
  ...{ "features.0.0": "conv_stem", "features.0.1": "bn1", "classifier.1": "classifier" },
  ...{ [`features.${HEAD}.0`]: "conv_head", [`features.${HEAD}.1`]: "bn2" },
};
const PARTS = {
  plain: { "0.0": "conv_dw", "0.1": "bn1", "1.fc1": "se.conv_reduce", "1.fc2": "se.conv_expand", "2.0": "conv_pw", "2.1": "bn2" },
  expanded: {
    ...{ "0.0": "conv_pw", "0.1": "bn1", "1.0": "conv_dw", "1.1": "bn2", "2.fc1": "se.conv_reduce", "2.fc2": "se.conv_expand" },
    ...{ "3.0": "conv_pwl", "3.1": "bn3" },
  },
} satisfies Record<string, Readonly<Record<string, string>>>;

/** timm's names of tensors. */
export function timmEfficientnetB0(layer: string, part: string): string {
  const [, stage, repeat, inner] = /^features\.(\d+)\.(\d+)\.block\.(.+)$/.exec(layer) ?? [];
  if (!stage || !inner) return `${ENDS[layer]}.${part}`;
  const parts: Readonly<Record<string, string>> = stage === "1" ? PARTS.plain : PARTS.expanded;
  return `blocks.${Number(stage) - 1}.${repeat}.${parts[inner]}.${part}`;
}
