/** Describes MobileNetV2, under the names of torchvision and of timm. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";

const EPSILON = 1e-5;
/** Expansion, output channels, repeats and first stride of every stage (Sandler et al. 2018, table 2). */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** MobileNetV2 under torchvision's key names. Any input size; the output is a logit a class. */
export function mobilenetV2({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  const norm = (x: Node, key: string) => g.batchNorm(x, key, EPSILON);
  const relu = (x: Node, key: string) => g.activation(x, "relu6", key);
  const pointwise = (x: Node, key: string, outputs: number) => g.conv(x, key, { outputs, kernel: 1 });
  const stem = g.conv(g.input(input), "features.0.0", { outputs: 32, kernel: 3, stride: 2, padding: 1 });
  let x = relu(norm(stem, "features.0.1"), "features.0.2");
  let feature = 1;
  for (const [expansion, outputs, repeats, stride] of STAGES) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const block = `features.${feature++}`;
      const key = `${block}.conv`;
      let y = x;
      let layer = 0;
      if (expansion !== 1) {
        y = relu(norm(pointwise(y, `${key}.0.0`, x.shape[2] * expansion), `${key}.0.1`), `${key}.0.2`);
        layer++;
      }
      const step = repeat === 0 ? stride : 1;
      y = norm(g.depthwiseConv(y, `${key}.${layer}.0`, { kernel: 3, stride: step, padding: 1 }), `${key}.${layer}.1`);
      y = relu(y, `${key}.${layer}.2`);
      y = norm(pointwise(y, `${key}.${layer + 1}`, outputs), `${key}.${layer + 2}`);
      x = step === 1 && x.shape[2] === outputs ? g.add(y, x, block) : y;
    }
  }
  x = relu(norm(pointwise(x, `features.${feature}.0`, 1280), `features.${feature}.1`), `features.${feature}.2`);
  g.linear(g.globalPool(x), "classifier.1", classes);
  return g.nodes;
}

const TIMM_ENDS: Readonly<Record<string, string>> = {
  "features.0.0": "conv_stem",
  "features.0.1": "bn1",
  "features.18.0": "conv_head",
  "features.18.1": "bn2",
  "classifier.1": "classifier",
};
const TIMM_SEPARABLE: Readonly<Record<string, string>> = { "0.0": "conv_dw", "0.1": "bn1", "1": "conv_pw", "2": "bn2" };
const TIMM_INVERTED: Readonly<Record<string, string>> = {
  ...{ "0.0": "conv_pw", "0.1": "bn1", "1.0": "conv_dw", "1.1": "bn2", "2": "conv_pwl", "3": "bn3" },
};

/** timm's name of a tensor, under `blocks.STAGE.REPEAT`. */
export function timmMobilenetV2(key: string, part: string): string {
  const [, feature, layer] = /^features\.(\d+)\.conv\.(.+)$/.exec(key) ?? [];
  if (!feature || !layer) return `${TIMM_ENDS[key]}.${part}`;
  let repeat = Number(feature) - 1;
  let stage = 0;
  for (; repeat >= (STAGES[stage] as (typeof STAGES)[number])[2]; stage++) repeat -= (STAGES[stage] as (typeof STAGES)[number])[2];
  return `blocks.${stage}.${repeat}.${(stage === 0 ? TIMM_SEPARABLE : TIMM_INVERTED)[layer]}.${part}`;
}
