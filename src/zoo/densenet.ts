/** Describes DenseNet-121, whose names are the same in torchvision and timm. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";

const EPSILON = 1e-5;
/** Channels that every layer adds, and layers of every block (Huang et al. 2017, table 1). */
const GROWTH = 32;
const BLOCKS = [6, 12, 24, 16];

/** Any input size; the output is a logit a class. */
export function densenet121({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const normRelu = (x: Node, key: string, label = key.replace("norm", "relu")) => g.activation(g.batchNorm(x, key, EPSILON), "relu", label);
  const stem = g.conv(g.input(input), "features.conv0", { outputs: 64, kernel: 7, stride: 2, padding: 3 });
  let x = g.maxPool(normRelu(stem, "features.norm0"), 3, 2, 1, "features.pool0");
  for (const [index, layers] of BLOCKS.entries()) {
    const block = `features.denseblock${index + 1}`;
    for (let layer = 1; layer <= layers; layer++) {
      const key = `${block}.denselayer${layer}`;
      let y = g.conv(normRelu(x, `${key}.norm1`), `${key}.conv1`, { outputs: 4 * GROWTH, kernel: 1 });
      y = g.conv(normRelu(y, `${key}.norm2`), `${key}.conv2`, { outputs: GROWTH, kernel: 3, padding: 1 });
      x = g.concat([x, y], layer === layers ? block : `${key}.concat`);
    }
    if (index === BLOCKS.length - 1) break;
    const key = `features.transition${index + 1}`;
    x = g.conv(normRelu(x, `${key}.norm`), `${key}.conv`, { outputs: x.shape[2] / 2, kernel: 1 });
    x = g.averagePool(x, 2, 2, { label: `${key}.pool` });
  }
  g.linear(g.globalPool(normRelu(x, "features.norm5"), "avgpool"), "classifier", classes);
  return g.nodes;
}
