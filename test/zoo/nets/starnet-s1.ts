/** Describes StarNet-S1, under timm's names. */
import type { NetSize, Node } from "../../../src/graph/graph.ts";
import { GraphBuilder } from "../../../src/ops/builder.ts";

const WIDTH = 24;
/** Blocks of every stage (Ma et al. 2024, table 6), and how many times as wide they are inside. */
const DEPTHS = [2, 2, 8, 3];
const EXPANSION = 4;
const EPSILON = 1e-5;

export function starnetS1({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  /** A convolution of each channel by itself, where no outputs are given. */
  const conv = (x: Node, key: string, kernel: number, outputs?: number, stride = 1) => {
    const options = { kernel, stride, padding: (kernel - 1) / 2, bias: true };
    return outputs ? g.conv(x, `${key}.conv`, { outputs, ...options }) : g.depthwiseConv(x, `${key}.conv`, options);
  };
  const norm = (x: Node, key: string) => g.batchNorm(x, `${key}.bn`, EPSILON);

  let x = g.activation(norm(conv(g.input(input), "stem.0", 3, 32, 2), "stem.0"), "relu6", "stem.1");
  for (const [stage, depth] of DEPTHS.entries()) {
    const width = WIDTH * 2 ** stage;
    const down = `stages.${stage}.0`;
    x = norm(conv(x, down, 3, width, 2), down);
    for (let index = 1; index <= depth; index++) {
      const key = `stages.${stage}.${index}`;
      const y = norm(conv(x, `${key}.dwconv`, 7), `${key}.dwconv`);
      const gate = g.activation(conv(y, `${key}.f1`, 1, EXPANSION * width), "relu6", `${key}.act`);
      const star = g.multiply(gate, conv(y, `${key}.f2`, 1, EXPANSION * width), `${key}.star`);
      const narrow = norm(conv(star, `${key}.g`, 1, width), `${key}.g`);
      x = g.add(conv(narrow, `${key}.dwconv2`, 7), x, key);
    }
  }
  g.linear(g.globalPool(g.batchNorm(x, "norm", EPSILON), "global_pool"), "head", classes);
  return g.nodes;
}
