/** Describes GoogLeNet (Inception v1) with batch norms, under torchvision's names. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { normed } from "./blocks.ts";

/** Channels of every module's branches: 1x1; 1x1 and 3x3; 1x1 and 3x3 (the paper's 5x5); 1x1 behind a pool (Szegedy et al. 2015, table 1). */
const MODULES = {
  "3a": [64, 96, 128, 16, 32, 32],
  "3b": [128, 128, 192, 32, 96, 64],
  "4a": [192, 96, 208, 16, 48, 64],
  "4b": [160, 112, 224, 24, 64, 64],
  "4c": [128, 128, 256, 24, 64, 64],
  "4d": [112, 144, 288, 32, 64, 64],
  "4e": [256, 160, 320, 32, 128, 128],
  "5a": [256, 160, 320, 32, 128, 128],
  "5b": [384, 192, 384, 48, 128, 128],
} as const;

/** Any input size; the output is a logit a class. Without the auxiliary classifiers, which only training uses. */
export function googlenet({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const conv = (x: Node, key: string, outputs: number, kernel: number, stride = 1) =>
    normed(g, x, key, { outputs, kernel, stride, epsilon: 1e-3, activation: "relu", names: [".conv", ".bn"] });
  const pool = (x: Node, window: number, label: string) => g.maxPool(x, window, 2, { ceil: true, label });
  let x = pool(conv(g.input(input), "conv1", 64, 7, 2), 3, "maxpool1");
  x = pool(conv(conv(x, "conv2", 64, 1), "conv3", 192, 3), 3, "maxpool2");
  for (const [name, [one, before, three, small, five, pooled]] of Object.entries(MODULES)) {
    if (name === "4a") x = pool(x, 3, "maxpool3");
    if (name === "5a") x = pool(x, 2, "maxpool4");
    const key = `inception${name}`;
    x = g.concat(
      [
        conv(x, `${key}.branch1`, one, 1),
        conv(conv(x, `${key}.branch2.0`, before, 1), `${key}.branch2.1`, three, 3),
        conv(conv(x, `${key}.branch3.0`, small, 1), `${key}.branch3.1`, five, 3),
        conv(g.maxPool(x, 3, 1, 1, `${key}.branch4.0`), `${key}.branch4.1`, pooled, 1),
      ],
      key,
    );
  }
  g.linear(g.globalPool(x, "avgpool"), "fc", classes);
  return g.nodes;
}
