/** Describes SqueezeNet 1.1, under torchvision's names. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";

/** Of every fire module: its place, and channels squeezed to and expanded to by each of two kernels (Iandola et al. 2016, table 1). */
const FIRES = [
  [3, 16, 64],
  [4, 16, 64],
  [6, 32, 128],
  [7, 32, 128],
  [9, 48, 192],
  [10, 48, 192],
  [11, 64, 256],
  [12, 64, 256],
] as const;
/** Fires that a pool comes before. */
const POOLED = [3, 6, 9];

/** Any input size from 17 x 17; the output is a logit a class, none of them below 0. */
export function squeezenet({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const relu = (x: Node, key: string, outputs: number, kernel: number, label = `${key}_activation`) =>
    g.activation(g.conv(x, key, { outputs, kernel, padding: (kernel - 1) / 2, bias: true }), "relu", label);
  let x = g.activation(g.conv(g.input(input), "features.0", { outputs: 64, kernel: 3, stride: 2, bias: true }), "relu", "features.1");
  for (const [place, squeezed, expanded] of FIRES) {
    if (POOLED.includes(place)) x = g.maxPool(x, 3, 2, { ceil: true, label: `features.${place - 1}` });
    const key = `features.${place}`;
    const narrow = relu(x, `${key}.squeeze`, squeezed, 1);
    x = g.concat([relu(narrow, `${key}.expand1x1`, expanded, 1), relu(narrow, `${key}.expand3x3`, expanded, 3)], key);
  }
  g.globalPool(relu(x, "classifier.1", classes, 1, "classifier.2"), "classifier.3");
  return g.nodes;
}
