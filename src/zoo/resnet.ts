/** Describes the ResNets, of 18 to 101 layers. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";

const EPSILON = 1e-5;
const WIDTHS = [64, 128, 256, 512];

/**
 * A ResNet (He et al. 2016) as torchvision and timm name and build it: the stride of a bottleneck is in its 3x3 convolution.
 * `blocks`: residual blocks of each of the four stages. Any input size; the output is a logit a class.
 */
function resnet({ input, classes }: NetSize, blocks: readonly number[], bottleneck: boolean): Node[] {
  const g = new GraphBuilder();
  const conv = (x: Node, key: string, norm: string, outputs: number, kernel: number, stride = 1) =>
    g.batchNorm(g.conv(x, key, { outputs, kernel, stride, padding: (kernel - 1) / 2 }), norm, EPSILON);

  const block = (x: Node, key: string, width: number, stride: number) => {
    const outputs = bottleneck ? 4 * width : width;
    const changes = stride !== 1 || x.shape[2] !== outputs;
    const skip = changes ? conv(x, `${key}.downsample.0`, `${key}.downsample.1`, outputs, 1, stride) : x;
    let y = x;
    if (bottleneck) {
      y = g.activation(conv(y, `${key}.conv1`, `${key}.bn1`, width, 1), "relu", `${key}.relu1`);
      y = g.activation(conv(y, `${key}.conv2`, `${key}.bn2`, width, 3, stride), "relu", `${key}.relu2`);
      y = conv(y, `${key}.conv3`, `${key}.bn3`, outputs, 1);
    } else {
      y = g.activation(conv(y, `${key}.conv1`, `${key}.bn1`, width, 3, stride), "relu", `${key}.relu1`);
      y = conv(y, `${key}.conv2`, `${key}.bn2`, outputs, 3);
    }
    return g.activation(g.add(y, skip), "relu", key);
  };

  const stem = conv(g.input(input), "conv1", "bn1", 64, 7, 2);
  let x = g.maxPool(g.activation(stem, "relu", "relu"), 3, 2, 1, "maxpool");
  blocks.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      const stride = stage > 0 && index === 0 ? 2 : 1;
      x = block(x, `layer${stage + 1}.${index}`, WIDTHS[stage] as number, stride);
    }
  });
  g.linear(g.globalPool(x, "avgpool"), "fc", classes);
  return g.nodes;
}

export const resnet18 = (size: NetSize) => resnet(size, [2, 2, 2, 2], false);
export const resnet34 = (size: NetSize) => resnet(size, [3, 4, 6, 3], false);
export const resnet50 = (size: NetSize) => resnet(size, [3, 4, 6, 3], true);
export const resnet101 = (size: NetSize) => resnet(size, [3, 4, 23, 3], true);
