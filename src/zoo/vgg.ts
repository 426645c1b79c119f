/** Describes the VGGs, with and without batch norm. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";

const EPSILON = 1e-5;
const WIDTHS = [64, 128, 256, 512, 512];
/** Side of the map before the linear layers. */
const MAP = 7;

/**
 * A VGG (Simonyan & Zisserman 2015) under torchvision's key names, which number the layers of `features` and `classifier`.
 * `convolutions`: 3x3 convolutions before each of the five poolings. The output is a logit a class. A last map that
 * is not 7 x 7 is averaged to that, as torchvision does.
 */
function vgg({ input, classes }: NetSize, convolutions: readonly number[], norm: boolean): Node[] {
  const g = new GraphBuilder();
  let x = g.input(input);
  let layer = 0;
  convolutions.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      x = g.conv(x, `features.${layer++}`, { outputs: WIDTHS[stage] as number, kernel: 3, padding: 1, bias: true });
      if (norm) x = g.batchNorm(x, `features.${layer++}`, EPSILON);
      x = g.activation(x, "relu", `features.${layer++}`);
    }
    x = g.maxPool(x, 2, 2, 0, `features.${layer++}`);
  });
  const [height, width] = x.shape;
  if (height !== MAP || width !== MAP) x = g.adaptiveAveragePool(x, [MAP, MAP], "avgpool");
  x = g.activation(g.linear(x, "classifier.0", 4096), "relu", "classifier.1");
  x = g.activation(g.linear(x, "classifier.3", 4096), "relu", "classifier.4");
  g.linear(x, "classifier.6", classes);
  return g.nodes;
}

export const vgg16 = (size: NetSize) => vgg(size, [2, 2, 3, 3, 3], false);
export const vgg16Norm = (size: NetSize) => vgg(size, [2, 2, 3, 3, 3], true);
export const vgg19 = (size: NetSize) => vgg(size, [2, 2, 4, 4, 4], false);

/** timm's names of the fully connected layers, which it stores as convolutions. */
export function timmVgg(layer: string, part: string): string {
  return `${layer}.${part}`
    .replace(/^classifier\.0/, "pre_logits.fc1")
    .replace(/^classifier\.3/, "pre_logits.fc2")
    .replace(/^classifier\.6/, "head.fc");
}
