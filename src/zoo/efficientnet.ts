/** Describes EfficientNet-Lite0, the default classifier and the only one that comes with the project. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";

interface Stage {
  expand: number;
  kernel: number;
  stride: number;
  outputs: number;
  repeats: number;
}

/** EfficientNet-Lite0 (Tan & Le 2019, the lite variant: ReLU6, no squeeze-and-excitation). */
const LITE0: readonly Stage[] = [
  { expand: 1, kernel: 3, stride: 1, outputs: 16, repeats: 1 },
  { expand: 6, kernel: 3, stride: 2, outputs: 24, repeats: 2 },
  { expand: 6, kernel: 5, stride: 2, outputs: 40, repeats: 2 },
  { expand: 6, kernel: 3, stride: 2, outputs: 80, repeats: 3 },
  { expand: 6, kernel: 5, stride: 1, outputs: 112, repeats: 3 },
  { expand: 6, kernel: 5, stride: 2, outputs: 192, repeats: 4 },
  { expand: 6, kernel: 3, stride: 1, outputs: 320, repeats: 1 },
];
const EPSILON = 1e-3;

/** Layers under timm's key names, TensorFlow's padding. Any input size; the output is a logit a class. */
export function efficientnetLite0({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const norm = (x: Node, key: string) => g.batchNorm(x, key, EPSILON);
  const normRelu = (x: Node, key: string) => g.activation(norm(x, key), "relu6", key);
  const pointwise = (x: Node, key: string, outputs: number) => g.conv(x, key, { outputs, kernel: 1 });
  let x = normRelu(g.conv(g.input(input), "conv_stem", { outputs: 32, kernel: 3, stride: 2, padding: "same" }), "bn1");
  LITE0.forEach(({ expand, kernel, stride, outputs, repeats }, stage) => {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const key = `blocks.${stage}.${repeat}`;
      const spatial = { kernel, stride: repeat === 0 ? stride : 1, padding: "same" as const };
      let y = x;
      if (expand === 1) {
        y = normRelu(g.depthwiseConv(y, `${key}.conv_dw`, spatial), `${key}.bn1`);
        y = norm(pointwise(y, `${key}.conv_pw`, outputs), `${key}.bn2`);
      } else {
        y = normRelu(pointwise(y, `${key}.conv_pw`, x.shape[2] * expand), `${key}.bn1`);
        y = normRelu(g.depthwiseConv(y, `${key}.conv_dw`, spatial), `${key}.bn2`);
        y = norm(pointwise(y, `${key}.conv_pwl`, outputs), `${key}.bn3`);
      }
      x = repeat > 0 ? g.add(y, x, key) : y;
    }
  });
  x = g.globalPool(normRelu(pointwise(x, "conv_head", 1280), "bn2"), "global_pool");
  g.linear(x, "classifier", classes);
  return g.nodes;
}
