/** Describes MobileNetV3, small and large, under the names of torchvision and of timm. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { divisible, normed, normedDepthwise, squeezeExcitation } from "./blocks.ts";

/** Kernel, channels inside, outputs, squeeze-and-excitation, activation and stride of every block (Howard et al. 2019, tables 1 and 2). */
type Block = readonly [
  kernel: number,
  inside: number,
  outputs: number,
  squeezes: boolean,
  activation: "relu" | "hardSwish",
  stride: number,
];

interface Family {
  readonly blocks: readonly Block[];
  readonly head: number;
  /** Blocks of each of timm's stages. */
  readonly stages: readonly number[];
}

const SMALL: Family = {
  blocks: [
    [3, 16, 16, true, "relu", 2],
    [3, 72, 24, false, "relu", 2],
    [3, 88, 24, false, "relu", 1],
    [5, 96, 40, true, "hardSwish", 2],
    [5, 240, 40, true, "hardSwish", 1],
    [5, 240, 40, true, "hardSwish", 1],
    [5, 120, 48, true, "hardSwish", 1],
    [5, 144, 48, true, "hardSwish", 1],
    [5, 288, 96, true, "hardSwish", 2],
    [5, 576, 96, true, "hardSwish", 1],
    [5, 576, 96, true, "hardSwish", 1],
  ],
  head: 1024,
  stages: [1, 2, 3, 2, 3],
};

const LARGE: Family = {
  blocks: [
    [3, 16, 16, false, "relu", 1],
    [3, 64, 24, false, "relu", 2],
    [3, 72, 24, false, "relu", 1],
    [5, 72, 40, true, "relu", 2],
    [5, 120, 40, true, "relu", 1],
    [5, 120, 40, true, "relu", 1],
    [3, 240, 80, false, "hardSwish", 2],
    [3, 200, 80, false, "hardSwish", 1],
    [3, 184, 80, false, "hardSwish", 1],
    [3, 184, 80, false, "hardSwish", 1],
    [3, 480, 112, true, "hardSwish", 1],
    [3, 672, 112, true, "hardSwish", 1],
    [5, 672, 160, true, "hardSwish", 2],
    [5, 960, 160, true, "hardSwish", 1],
    [5, 960, 160, true, "hardSwish", 1],
  ],
  head: 1280,
  stages: [1, 2, 3, 4, 2, 3],
};

/** Any input size; the output is a logit a class. torchvision's batch norms add 1e-3 to the variance, timm's 1e-5. */
function mobilenetV3({ input, classes, library }: NetSize, { blocks, head }: Family): Node[] {
  const g = new GraphBuilder();
  const epsilon = library === "timm" ? 1e-5 : 1e-3;
  let x = normed(g, g.input(input), "features.0", { outputs: 16, kernel: 3, stride: 2, epsilon, activation: "hardSwish" });
  for (const [index, [kernel, inside, outputs, squeezes, activation, stride]] of blocks.entries()) {
    const feature = `features.${index + 1}`;
    let part = 0;
    const next = () => `${feature}.block.${part++}`;
    let y = x;
    if (inside !== x.shape[2]) y = normed(g, y, next(), { outputs: inside, kernel: 1, epsilon, activation });
    y = normedDepthwise(g, y, next(), { kernel, stride, epsilon, activation });
    if (squeezes) y = squeezeExcitation(g, y, next(), { squeezed: divisible(Math.floor(inside / 4)), gate: "hardSigmoid" });
    y = normed(g, y, next(), { outputs, kernel: 1, epsilon });
    x = stride === 1 && x.shape[2] === outputs ? g.add(y, x, feature) : y;
  }
  const last = { outputs: 6 * x.shape[2], kernel: 1, epsilon, activation: "hardSwish" } as const;
  x = g.globalPool(normed(g, x, `features.${blocks.length + 1}`, last), "avgpool");
  g.linear(g.activation(g.linear(x, "classifier.0", head), "hardSwish", "classifier.1"), "classifier.3", classes);
  return g.nodes;
}

export const mobilenetV3Small = (size: NetSize) => mobilenetV3(size, SMALL);
export const mobilenetV3Large = (size: NetSize) => mobilenetV3(size, LARGE);

const ENDS: Readonly<Record<string, string>> = {
  ...{ "features.0.0": "conv_stem", "features.0.1": "bn1", "classifier.0": "conv_head", "classifier.3": "classifier" },
};

/** timm's names of tensors. */
function timmName({ blocks, stages }: Family, layer: string, part: string): string {
  const [, feature, rest] = /^features\.(\d+)\.(.+)$/.exec(layer) ?? [];
  const index = Number(feature) - 1;
  if (!feature || !rest || index < 0) return `${ENDS[layer]}.${part}`;
  if (index === blocks.length) return `blocks.${stages.length}.0.${rest === "0" ? "conv" : "bn1"}.${part}`;
  let [stage, repeat] = [0, index];
  for (; repeat >= (stages[stage] as number); stage++) repeat -= stages[stage] as number;
  const [, inside, , squeezes] = blocks[index] as Block;
  const before = index === 0 ? 16 : (blocks[index - 1] as Block)[2];
  const expands = inside !== before;
  const names = [
    ...(expands ? [["conv_pw", "bn1"]] : []),
    ["conv_dw", expands ? "bn2" : "bn1"],
    ...(squeezes ? [["se"]] : []),
    expands ? ["conv_pwl", "bn3"] : ["conv_pw", "bn2"],
  ];
  const [, at, inner] = /^block\.(\d)\.(.+)$/.exec(rest) as unknown as [string, number, string];
  const squeezing: Readonly<Record<string, string>> = { fc1: "se.conv_reduce", fc2: "se.conv_expand" };
  return `blocks.${stage}.${repeat}.${squeezing[inner] ?? names[at]?.[Number(inner)]}.${part}`;
}

export const timmMobilenetV3Small = (layer: string, part: string) => timmName(SMALL, layer, part);
export const timmMobilenetV3Large = (layer: string, part: string) => timmName(LARGE, layer, part);
