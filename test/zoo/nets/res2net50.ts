/** Describes Res2Net-50 of width 26 and scale 4, under timm's names. */
import type { NetSize, Node } from "../../../src/graph/graph.ts";
import { GraphBuilder } from "../../../src/ops/builder.ts";
import { normed } from "../../../src/zoo/blocks.ts";

const DEPTHS = [3, 4, 6, 3];
/** Channels of one of the parts that a block cuts its image into, in the first stage (Gao et al. 2021). */
const WIDTH = 26;
const SCALE = 4;

export function res2net50({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const relu = { activation: "relu" } as const;

  /** Every part but the first and the last also sees what the one before it became, unless the block changes size or channels. */
  const block = (x: Node, key: string, stage: number, first: boolean) => {
    const width = WIDTH * 2 ** stage;
    const outputs = 256 * 2 ** stage;
    const stride = first && stage > 0 ? 2 : 1;
    const whole = normed(g, x, key, { outputs: SCALE * width, kernel: 1, names: [".conv1", ".bn1"], ...relu });
    const parts = Array.from({ length: SCALE }, (_, index) => g.slice(whole, index * width, width, `${key}.split`));
    const last = parts.pop() as Node;
    const made: Node[] = [];
    for (const [index, part] of parts.entries()) {
      const before = first ? undefined : made.at(-1);
      const names = [`.convs.${index}`, `.bns.${index}`] as const;
      made.push(normed(g, before ? g.add(before, part) : part, key, { outputs: width, kernel: 3, stride, names, ...relu }));
    }
    made.push(first ? g.averagePool(last, 3, stride, { padding: 1, label: `${key}.pool` }) : last);
    const y = normed(g, g.concat(made, key), key, { outputs, kernel: 1, names: [".conv3", ".bn3"] });
    const skip = first ? normed(g, x, `${key}.downsample`, { outputs, kernel: 1, stride }) : x;
    return g.activation(g.add(y, skip), "relu", key);
  };

  let x = normed(g, g.input(input), "", { outputs: 64, kernel: 7, stride: 2, names: ["conv1", "bn1"], ...relu });
  x = g.maxPool(x, 3, 2, 1, "maxpool");
  for (const [stage, depth] of DEPTHS.entries()) {
    for (let index = 0; index < depth; index++) x = block(x, `layer${stage + 1}.${index}`, stage, index === 0);
  }
  g.linear(g.globalPool(x, "global_pool"), "fc", classes);
  return g.nodes;
}
