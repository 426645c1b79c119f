import { GraphBuilder, type Node } from "./graph.ts";

const EPSILON = 1e-5;
const WIDTHS = [64, 128, 256, 512, 512];

/**
 * A VGG (Simonyan & Zisserman 2015) under torchvision's key names, which number the layers of `features` and `classifier`.
 * `convolutions`: 3x3 convolutions before each of the five poolings. Input 224 x 224 x 3 normalised, output 1000 logits.
 */
function vgg(convolutions: readonly number[], norm: boolean): Node[] {
  const g = new GraphBuilder();
  let x = g.input([224, 224, 3]);
  let layer = 0;
  convolutions.forEach((count, stage) => {
    for (let index = 0; index < count; index++) {
      x = g.conv(x, `features.${layer++}`, { outputs: WIDTHS[stage] as number, kernel: 3, padding: 1, bias: true });
      if (norm) x = g.batchNorm(x, `features.${layer++}`, EPSILON);
      x = g.activation(x, "relu", `features.${layer++}`);
    }
    x = g.maxPool(x, 2, 2, 0, `features.${layer++}`);
  });
  x = g.activation(g.linear(x, "classifier.0", 4096), "relu", "classifier.1");
  x = g.activation(g.linear(x, "classifier.3", 4096), "relu", "classifier.4");
  g.linear(x, "classifier.6", 1000);
  return g.nodes;
}

export const vgg16 = () => vgg([2, 2, 3, 3, 3], false);
export const vgg16Norm = () => vgg([2, 2, 3, 3, 3], true);
export const vgg19 = () => vgg([2, 2, 4, 4, 4], false);

/** timm's names of the fully connected layers, which it stores as convolutions. */
export function timmVgg(key: string): string {
  return key
    .replace(/^classifier\.0/, "pre_logits.fc1")
    .replace(/^classifier\.3/, "pre_logits.fc2")
    .replace(/^classifier\.6/, "head.fc");
}
