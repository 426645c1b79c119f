/** Describes ConvNeXt-T, under the names of torchvision and of timm. */
import type { NetSize, Node } from "../graph/graph.ts";
import { GraphBuilder } from "../ops/builder.ts";

const EPSILON = 1e-6;
/** Channels and blocks of every stage (Liu et al. 2022, section 3). */
const STAGES = [
  [96, 3],
  [192, 3],
  [384, 9],
  [768, 3],
] as const;

/** Any input size from 32 x 32; the output is a logit a class. */
export function convnextTiny({ input, classes }: NetSize): Node[] {
  const g = new GraphBuilder();
  /** Of every pixel; files have a matrix, as of a linear layer. */
  const dense = (x: Node, key: string, outputs: number) => g.conv(x, key, { outputs, kernel: 1, bias: true });
  let x = g.conv(g.input(input), "features.0.0", { outputs: 96, kernel: 4, stride: 4, bias: true });
  x = g.layerNorm(x, "features.0.1", EPSILON);
  for (const [stage, [outputs, blocks]] of STAGES.entries()) {
    if (stage > 0) {
      const key = `features.${2 * stage}`;
      x = g.conv(g.layerNorm(x, `${key}.0`, EPSILON), `${key}.1`, { outputs, kernel: 2, stride: 2, bias: true });
    }
    for (let block = 0; block < blocks; block++) {
      const key = `features.${2 * stage + 1}.${block}`;
      let y = g.depthwiseConv(x, `${key}.block.0`, { kernel: 7, padding: 3, bias: true });
      y = g.activation(dense(g.layerNorm(y, `${key}.block.2`, EPSILON), `${key}.block.3`, 4 * outputs), "gelu", `${key}.block.4`);
      y = g.affine(dense(y, `${key}.block.5`, outputs), { scale: `${key}.layer_scale`, shape: [outputs, 1, 1] });
      x = g.add(y, x, key);
    }
  }
  x = g.layerNorm(g.globalPool(x, "avgpool"), "classifier.0", EPSILON);
  g.linear(x, "classifier.2", classes);
  return g.nodes;
}

const ENDS: Readonly<Record<string, string>> = { "classifier.0": "head.norm", "classifier.2": "head.fc" };
const BLOCK: Readonly<Record<string, string>> = { 0: "conv_dw", 2: "norm", 3: "mlp.fc1", 5: "mlp.fc2" };

/** timm's names of tensors. */
export function timmConvnext(layer: string, part: string): string {
  const [, feature, index, inner] = /^features\.(\d)\.(\d)(?:\.block\.(\d))?$/.exec(layer) ?? [];
  if (!feature) return `${ENDS[layer]}.${part}`;
  const stage = Math.floor(Number(feature) / 2);
  if (feature === "0") return `stem.${index}.${part}`;
  if (Number(feature) % 2 === 0) return `stages.${stage}.downsample.${index}.${part}`;
  const block = `stages.${stage}.blocks.${index}`;
  return part === "layer_scale" ? `${block}.gamma` : `${block}.${BLOCK[inner as string]}.${part}`;
}
