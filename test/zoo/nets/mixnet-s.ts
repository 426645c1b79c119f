/** Describes MixNet-S, under timm's names. */
import type { Activation, NetSize, Node } from "../../../src/graph/graph.ts";
import { GraphBuilder } from "../../../src/ops/builder.ts";
import { squeeze } from "./squeeze.ts";

/** `mixes`: into how many parts the channels are cut before the widening and before the narrowing 1x1 convolution. */
interface Block {
  readonly kernels: readonly number[];
  readonly mixes: readonly [expand: number, project: number];
  readonly stride: number;
  readonly expansion: number;
  readonly outputs: number;
  /** Of the block's input channels, where it has a squeeze-and-excitation. */
  readonly squeezed?: number;
  readonly activation: Activation;
  readonly repeats?: number;
}

const silu = { activation: "silu" } as const;
/** Tan & Le 2019, figure 4. */
const STAGES: readonly (readonly Block[])[] = [
  [
    { kernels: [3], mixes: [2, 2], stride: 2, expansion: 6, outputs: 24, activation: "relu" },
    { kernels: [3], mixes: [2, 2], stride: 1, expansion: 3, outputs: 24, activation: "relu" },
  ],
  [
    { kernels: [3, 5, 7], mixes: [1, 1], stride: 2, expansion: 6, outputs: 40, squeezed: 0.5, ...silu },
    { kernels: [3, 5], mixes: [2, 2], stride: 1, expansion: 6, outputs: 40, squeezed: 0.5, repeats: 3, ...silu },
  ],
  [
    { kernels: [3, 5, 7], mixes: [1, 2], stride: 2, expansion: 6, outputs: 80, squeezed: 0.25, ...silu },
    { kernels: [3, 5], mixes: [1, 2], stride: 1, expansion: 6, outputs: 80, squeezed: 0.25, repeats: 2, ...silu },
  ],
  [
    { kernels: [3, 5, 7], mixes: [2, 2], stride: 1, expansion: 6, outputs: 120, squeezed: 0.5, ...silu },
    { kernels: [3, 5, 7, 9], mixes: [2, 2], stride: 1, expansion: 3, outputs: 120, squeezed: 0.5, repeats: 2, ...silu },
  ],
  [
    { kernels: [3, 5, 7, 9, 11], mixes: [1, 1], stride: 2, expansion: 6, outputs: 200, squeezed: 0.5, ...silu },
    { kernels: [3, 5, 7, 9], mixes: [1, 2], stride: 1, expansion: 6, outputs: 200, squeezed: 0.5, repeats: 2, ...silu },
  ],
];
const EPSILON = 1e-5;

export function mixnetS({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const norm = (x: Node, key: string, activation?: Activation) => {
    const normed = g.batchNorm(x, key, EPSILON);
    return activation ? g.activation(normed, activation, key) : normed;
  };
  /** A part of the channels for each of what is made of them; one part has no number in its name. */
  const mixed = (x: Node, key: string, parts: number, make: (part: Node, key: string, index: number) => Node) => {
    if (parts === 1) return make(x, key, 0);
    const count = x.shape[2] / parts;
    const made = Array.from({ length: parts }, (_, index) => make(g.slice(x, index * count, count, key), `${key}.${index}`, index));
    return g.concat(made, key);
  };
  const pointwise = (x: Node, key: string, parts: number, outputs: number) =>
    mixed(x, key, parts, (part, name) => g.conv(part, name, { outputs: outputs / parts, kernel: 1 }));
  const depthwise = (x: Node, key: string, kernels: readonly number[], stride: number) =>
    mixed(x, key, kernels.length, (part, name, index) => {
      const kernel = kernels[index] as number;
      return g.depthwiseConv(part, name, { kernel, stride, padding: (kernel - 1) / 2 });
    });

  const block = (x: Node, key: string, { kernels, mixes, stride, expansion, outputs, squeezed, activation }: Block) => {
    const [, , channels] = x.shape;
    let y = norm(pointwise(x, `${key}.conv_pw`, mixes[0], expansion * channels), `${key}.bn1`, activation);
    y = norm(depthwise(y, `${key}.conv_dw`, kernels, stride), `${key}.bn2`, activation);
    if (squeezed) y = squeeze(g, y, `${key}.se`, squeezed * channels, activation, "sigmoid");
    y = norm(pointwise(y, `${key}.conv_pwl`, mixes[1], outputs), `${key}.bn3`);
    return stride === 1 && channels === outputs ? g.add(y, x, key) : y;
  };

  let x = norm(g.conv(g.input(input), "conv_stem", { outputs: 16, kernel: 3, stride: 2, padding: 1 }), "bn1", "relu");
  const first = norm(depthwise(x, "blocks.0.0.conv_dw", [3], 1), "blocks.0.0.bn1", "relu");
  x = g.add(norm(pointwise(first, "blocks.0.0.conv_pw", 1, 16), "blocks.0.0.bn2"), x, "blocks.0.0");
  for (const [stage, blocks] of STAGES.entries()) {
    const repeated = blocks.flatMap((form) => Array.from({ length: form.repeats ?? 1 }, () => form));
    for (const [index, form] of repeated.entries()) x = block(x, `blocks.${stage + 1}.${index}`, form);
  }
  x = norm(g.conv(x, "conv_head", { outputs: 1536, kernel: 1 }), "bn2", "relu");
  g.linear(g.globalPool(x, "global_pool"), "classifier", classes);
  return g.nodes;
}
