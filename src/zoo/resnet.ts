/** Describes the ResNets, of 18 to 101 layers, and what was made of them. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";
import { squeezeExcitation } from "./blocks.ts";

const EPSILON = 1e-5;
const WIDTHS = [64, 128, 256, 512];

interface Variant {
  /** Of the 3x3 convolution of a bottleneck, and how many times as wide it is. */
  readonly groups?: number;
  readonly widening?: number;
  /** Squeeze-and-excitation at the end of a block, to a 16th of its channels. */
  readonly squeezes?: boolean;
}

/**
 * A ResNet (He et al. 2016) as torchvision and timm name and build it: the stride of a bottleneck is in its 3x3 convolution.
 * `blocks`: residual blocks of each of the four stages. Any input size; the output is a logit a class.
 */
function resnet({ input, classes }: NetSize, blocks: readonly number[], bottleneck: boolean, variant: Variant = {}): Node[] {
  const { groups = 1, widening = 1, squeezes = false } = variant;
  const g = new GraphBuilder();
  const conv = (x: Node, key: string, norm: string, outputs: number, kernel: number, stride = 1, groups = 1) =>
    g.batchNorm(g.conv(x, key, { outputs, kernel, stride, padding: (kernel - 1) / 2, ...(groups > 1 && { groups }) }), norm, EPSILON);

  const block = (x: Node, key: string, width: number, stride: number) => {
    const outputs = bottleneck ? 4 * width : width;
    const changes = stride !== 1 || x.shape[2] !== outputs;
    const skip = changes ? conv(x, `${key}.downsample.0`, `${key}.downsample.1`, outputs, 1, stride) : x;
    let y = x;
    if (bottleneck) {
      const inside = width * widening;
      y = g.activation(conv(y, `${key}.conv1`, `${key}.bn1`, inside, 1), "relu", `${key}.relu1`);
      y = g.activation(conv(y, `${key}.conv2`, `${key}.bn2`, inside, 3, stride, groups), "relu", `${key}.relu2`);
      y = conv(y, `${key}.conv3`, `${key}.bn3`, outputs, 1);
      if (squeezes) y = squeezeExcitation(g, y, `${key}.se`, { squeezed: outputs / 16 });
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
/** ResNeXt (Xie et al. 2017): 32 groups of 4 channels at first. */
export const resnext50 = (size: NetSize) => resnet(size, [3, 4, 6, 3], true, { groups: 32, widening: 2 });
/** With squeeze-and-excitation (Hu et al. 2018), as timm names it. */
export const seresnet50 = (size: NetSize) => resnet(size, [3, 4, 6, 3], true, { squeezes: true });
export const resnet101 = (size: NetSize) => resnet(size, [3, 4, 23, 3], true);
